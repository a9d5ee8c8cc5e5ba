package oracle;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.functions.TableFunction;
import org.apache.flink.types.Row;

/** Functions that Flink must take for non-deterministic, as calls of a model are. */
public final class Functions {
    private Functions() {}

    /** A table function: one row with the argument in capitals. */
    @FunctionHint(output = @DataTypeHint("ROW<response STRING>"))
    public static final class Answer extends TableFunction<Row> {
        /** Sends the row. */
        public void eval(String prompt) {
            collect(Row.of(prompt == null ? null : prompt.toUpperCase()));
        }

        @Override
        public boolean isDeterministic() {
            return false;
        }
    }

    /** A scalar function: the argument in capitals. */
    public static final class Say extends ScalarFunction {
        /** Returns the text. */
        public String eval(String prompt) {
            return prompt == null ? null : prompt.toUpperCase();
        }

        @Override
        public boolean isDeterministic() {
            return false;
        }
    }
}
