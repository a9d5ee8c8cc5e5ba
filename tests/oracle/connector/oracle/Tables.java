package oracle;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonToRowDataConverters;
import org.apache.flink.legacy.table.connector.source.SourceFunctionProvider;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.functions.sink.legacy.SinkFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.TableDistribution;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.RuntimeConverter;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.abilities.SupportsBucketing;
import org.apache.flink.table.connector.sink.legacy.SinkFunctionProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/** Tables of a question, with a changelog mode of one's choice: connector 'oracle'. */
public final class Tables implements DynamicTableSourceFactory, DynamicTableSinkFactory {
    static final ConfigOption<String> MODE =
            ConfigOptions.key("changelog.mode").stringType().noDefaultValue();
    static final ConfigOption<Integer> QUESTION =
            ConfigOptions.key("question").intType().noDefaultValue();
    private static final Map<String, RowKind> KINDS =
            Map.of(
                    "+I", RowKind.INSERT,
                    "-U", RowKind.UPDATE_BEFORE,
                    "+U", RowKind.UPDATE_AFTER,
                    "-D", RowKind.DELETE);

    @Override
    public String factoryIdentifier() {
        return "oracle";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(QUESTION);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(MODE);
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        return new Source(
                context.getObjectIdentifier().getObjectName(),
                mode(context),
                question(context),
                context.getPhysicalRowDataType());
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        return new Sink(
                context.getObjectIdentifier().getObjectName(),
                mode(context),
                question(context),
                context.getPhysicalRowDataType());
    }

    private static int question(Context context) {
        return Integer.parseInt(context.getCatalogTable().getOptions().get(QUESTION.key()));
    }

    private static ChangelogMode mode(Context context) {
        boolean keyed = context.getCatalogTable().getResolvedSchema().getPrimaryKey().isPresent();
        String written = context.getCatalogTable().getOptions().get(MODE.key());
        switch (written == null ? (keyed ? "upsert" : "append") : written) {
            case "append":
                return ChangelogMode.insertOnly();
            case "upsert":
                return ChangelogMode.upsert();
            case "retract":
                return ChangelogMode.all();
            default:
                throw new ValidationException("no changelog mode " + written);
        }
    }

    private static final class Source implements ScanTableSource {
        private final String table;
        private final ChangelogMode mode;
        private final int question;
        private final DataType rowType;

        Source(String table, ChangelogMode mode, int question, DataType rowType) {
            this.table = table;
            this.mode = mode;
            this.question = question;
            this.rowType = rowType;
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return mode;
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            Store.of(question).addReader(table);
            DataStructureConverter converter = context.createDataStructureConverter(rowType);
            RowType logical = (RowType) rowType.getLogicalType();
            return SourceFunctionProvider.of(
                    new Reader(table, question, logical, converter), true, 1);
        }

        @Override
        public DynamicTableSource copy() {
            return new Source(table, mode, question, rowType);
        }

        @Override
        public String asSummaryString() {
            return "oracle";
        }
    }

    private static final class Reader implements SourceFunction<RowData> {
        private final String table;
        private final int question;
        private final RowType type;
        private final DynamicTableSource.DataStructureConverter converter;
        private volatile boolean running = true;

        Reader(
                String table,
                int question,
                RowType type,
                DynamicTableSource.DataStructureConverter converter) {
            this.table = table;
            this.question = question;
            this.type = type;
            this.converter = converter;
        }

        @Override
        public void run(SourceContext<RowData> context) throws Exception {
            Store store = Store.of(question);
            JsonNode rows = store.given.get(table);
            JsonToRowDataConverters.JsonToRowDataConverter read =
                    new JsonToRowDataConverters(false, false, TimestampFormat.SQL)
                            .createConverter(type);
            for (int i = 0; running && rows != null && i < rows.size(); i++) {
                JsonNode row = rows.get(i);
                long place = Store.place(row, i);
                store.awaitTurn(place);
                RowData data = (RowData) read.convert(named(row.get(1)));
                data.setRowKind(KINDS.get(row.get(0).asText()));
                context.collect(data);
                store.endTurn(place);
            }
            converter.open(RuntimeConverter.Context.create(Tables.class.getClassLoader()));
            for (Row row : List.copyOf(store.rows(table))) {
                context.collect((RowData) converter.toInternal(row));
            }
            store.awaitEnd();
        }

        private ObjectNode named(JsonNode values) {
            ObjectNode found = JsonNodeFactory.instance.objectNode();
            for (int i = 0; i < type.getFieldCount(); i++) {
                found.set(type.getFieldNames().get(i), values.get(i));
            }
            return found;
        }

        @Override
        public void cancel() {
            running = false;
        }
    }

    private static final class Sink implements DynamicTableSink, SupportsBucketing {
        private final String table;
        private final ChangelogMode mode;
        private final int question;
        private final DataType rowType;

        Sink(String table, ChangelogMode mode, int question, DataType rowType) {
            this.table = table;
            this.mode = mode;
            this.question = question;
            this.rowType = rowType;
        }

        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            return mode;
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
            return SinkFunctionProvider.of(
                    new Writer(table, question, context.createDataStructureConverter(rowType)));
        }

        @Override
        public DynamicTableSink copy() {
            return new Sink(table, mode, question, rowType);
        }

        @Override
        public String asSummaryString() {
            return "oracle";
        }

        @Override
        public Set<TableDistribution.Kind> listAlgorithms() {
            return Set.of(TableDistribution.Kind.HASH, TableDistribution.Kind.UNKNOWN);
        }

        @Override
        public boolean requiresBucketCount() {
            return false;
        }
    }

    private static final class Writer implements SinkFunction<RowData> {
        private final String table;
        private final int question;
        private final DynamicTableSink.DataStructureConverter converter;
        private transient boolean opened;

        Writer(String table, int question, DynamicTableSink.DataStructureConverter converter) {
            this.table = table;
            this.question = question;
            this.converter = converter;
        }

        @Override
        public void invoke(RowData row, Context context) {
            if (!opened) {
                converter.open(RuntimeConverter.Context.create(Tables.class.getClassLoader()));
                opened = true;
            }
            Store.of(question).rows(table).add((Row) converter.toExternal(row));
        }
    }
}
