package oracle;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.types.Row;

/** Values as the statements gateway sends them: scalars as text, collections as lists. */
final class Rendering {
    private Rendering() {}

    /** Returns [op, [value, …]] of a row. */
    static List<Object> row(Row row, List<DataType> types, ZoneId zone) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < row.getArity(); i++) {
            values.add(value(row.getField(i), types.get(i).getLogicalType(), zone));
        }
        return List.of(row.getKind().shortString(), values);
    }

    private static Object value(Object value, LogicalType type, ZoneId zone) {
        if (value == null) {
            return null;
        }
        List<Object> found = new ArrayList<>();
        switch (type.getTypeRoot()) {
            case ARRAY:
                for (int i = 0; i < java.lang.reflect.Array.getLength(value); i++) {
                    Object item = java.lang.reflect.Array.get(value, i);
                    found.add(value(item, type.getChildren().get(0), zone));
                }
                return found;
            case MAP:
            case MULTISET:
                boolean counted = type.getTypeRoot() == LogicalTypeRoot.MULTISET;
                for (Map.Entry<?, ?> e : ((Map<?, ?>) value).entrySet()) {
                    List<Object> pair = new ArrayList<>();
                    pair.add(value(e.getKey(), type.getChildren().get(0), zone));
                    pair.add(
                            counted
                                    ? e.getValue().toString()
                                    : value(e.getValue(), type.getChildren().get(1), zone));
                    found.add(pair);
                }
                return found;
            case ROW:
                Row row = (Row) value;
                for (int i = 0; i < row.getArity(); i++) {
                    found.add(value(row.getField(i), type.getChildren().get(i), zone));
                }
                return found;
            default:
                return scalar(value, type, zone);
        }
    }

    private static String scalar(Object value, LogicalType type, ZoneId zone) {
        if (value instanceof Boolean) {
            return value.toString().toUpperCase();
        }
        if (value instanceof BigDecimal) {
            return ((BigDecimal) value).toPlainString();
        }
        if (value instanceof byte[]) {
            StringBuilder hex = new StringBuilder("x'");
            for (byte b : (byte[]) value) {
                hex.append(String.format("%02x", b));
            }
            return hex.append("'").toString();
        }
        if (value instanceof Instant) {
            return moment(LocalDateTime.ofInstant((Instant) value, zone), type);
        }
        if (value instanceof LocalDateTime) {
            return moment((LocalDateTime) value, type);
        }
        if (value instanceof LocalTime) {
            LocalTime time = (LocalTime) value;
            String text = time.format(DateTimeFormatter.ofPattern("HH:mm:ss"));
            return text + fraction(time.getNano(), type);
        }
        if (value instanceof Period) {
            long months = ((Period) value).toTotalMonths();
            long size = Math.abs(months);
            return String.format("%s%d-%02d", months < 0 ? "-" : "+", size / 12, size % 12);
        }
        if (value instanceof Duration) {
            Duration size = ((Duration) value).abs();
            return String.format(
                    "%s%d %02d:%02d:%02d.%03d",
                    ((Duration) value).isNegative() ? "-" : "+",
                    size.toDays(),
                    size.toHoursPart(),
                    size.toMinutesPart(),
                    size.toSecondsPart(),
                    size.toMillisPart());
        }
        return value.toString();
    }

    private static String moment(LocalDateTime value, LogicalType type) {
        return value.format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss"))
                + fraction(value.getNano(), type);
    }

    private static String fraction(int nanos, LogicalType type) {
        int precision = LogicalTypeChecks.getPrecision(type);
        return precision == 0 ? "" : "." + String.format("%09d", nanos).substring(0, precision);
    }
}
