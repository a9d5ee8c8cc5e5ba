package oracle;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.TablePipeline;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentImpl;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.planner.delegation.PlannerBase;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** Reads questions as lines of JSON, answers each with a line of JSON; see referee.py. */
public final class Referee {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SINK = "sink";

    private final String host;
    private final int port;
    private int number;

    private Referee(String host, int port) {
        this.host = host;
        this.port = port;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err);
        Configuration configuration = new Configuration();
        configuration.setString("rest.port", "0");
        configuration.setString("rest.bind-port", "0");
        configuration.setString("taskmanager.memory.network.max", "256mb");
        configuration.setString("taskmanager.memory.managed.size", "512mb");
        configuration.setString("jobstore.max-capacity", "4");
        MiniCluster cluster =
                new MiniCluster(
                        new MiniClusterConfiguration.Builder()
                                .setConfiguration(configuration)
                                .setNumTaskManagers(1)
                                .setNumSlotsPerTaskManager(2)
                                .build());
        cluster.start();
        java.net.URI address = cluster.getRestAddress().get();
        Referee referee = new Referee(address.getHost(), address.getPort());
        answers.println("{\"ready\": true}");
        answers.flush();
        BufferedReader questions =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(answers, true, StandardCharsets.UTF_8);
        ExecutorService worker = Executors.newCachedThreadPool();
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            JsonNode question = JSON.readTree(line);
            Future<Map<String, Object>> answer = worker.submit(() -> referee.answer(question));
            try {
                int limit = question.path("timeout").asInt(60);
                out.println(JSON.writeValueAsString(answer.get(limit, TimeUnit.SECONDS)));
            } catch (TimeoutException late) {
                answer.cancel(true);
                out.println("{\"error\": \"no answer in time\", \"timeout\": true}");
            }
        }
        System.exit(0);
    }

    private Map<String, Object> answer(JsonNode question) {
        Map<String, Object> answer = new LinkedHashMap<>();
        int id = ++number;
        Store store = Store.open(id, question.path("pause").asInt(0));
        try {
            new Question(question, id, store, answer).carryOut();
        } catch (Throwable error) {
            List<String> messages = new ArrayList<>();
            for (Throwable e = error; e != null && e != e.getCause(); e = e.getCause()) {
                messages.add(e.getMessage() == null ? e.getClass().getName() : e.getMessage());
            }
            answer.put("error", messages.get(messages.size() - 1));
            answer.put("errors", messages);
        } finally {
            Store.close(id);
        }
        return answer;
    }

    /** One question: its environment, its tables, what it wants to know. */
    private final class Question {
        private final JsonNode asked;
        private final Store store;
        private final Map<String, Object> answer;
        private final StreamTableEnvironment environment;
        private final ZoneId zone;

        Question(JsonNode asked, int id, Store store, Map<String, Object> answer) {
            this.asked = asked;
            this.store = store;
            this.answer = answer;
            this.zone = ZoneId.of(asked.path("zone").asText("UTC"));
            boolean batch = asked.path("batch").asBoolean();
            Configuration configuration = new Configuration();
            configuration.setString("pipeline.auto-watermark-interval", "0 ms");
            configuration.setString("execution.buffer-timeout", "0 ms");
            configuration.setString("table.local-time-zone", zone.getId());
            configuration.setString("restart-strategy.type", "none");
            asked.path("config")
                    .properties()
                    .forEach(e -> configuration.setString(e.getKey(), e.getValue().asText()));
            StreamExecutionEnvironment stream =
                    StreamExecutionEnvironment.createRemoteEnvironment(host, port, configuration);
            stream.setParallelism(1);
            stream.setMaxParallelism(1);
            stream.getConfig().disableObjectReuse();
            if (batch) {
                stream.setRuntimeMode(RuntimeExecutionMode.BATCH);
            }
            EnvironmentSettings.Builder settings =
                    EnvironmentSettings.newInstance().withConfiguration(configuration);
            environment =
                    StreamTableEnvironment.create(
                            stream,
                            (batch ? settings.inBatchMode() : settings.inStreamingMode()).build());
            String catalog = asked.path("catalog").asText("workshop");
            String database = asked.path("database").asText("cluster");
            environment.registerCatalog(catalog, new OracleCatalog(catalog, database, id));
            environment.useCatalog(catalog);
            environment.useDatabase(database);
            environment.createTemporarySystemFunction("ND_TF", Functions.Answer.class);
            environment.createTemporarySystemFunction("ND_S", Functions.Say.class);
        }

        void carryOut() throws Exception {
            for (JsonNode statement : asked.path("ddl")) {
                run(statement.asText());
            }
            asked.path("tables").forEach(this::createTable);
            String sql = asked.path("sql").asText();
            String what = asked.path("what").asText("both");
            String sink = asked.path("sink").asText("none");
            if (!isQuery(sql)) {
                run(sql);
                return;
            }
            Table table = environment.sqlQuery(sql);
            answer.put("columns", columns(table.getResolvedSchema()));
            if (sink.equals("none")) {
                if (!what.equals("run")) {
                    plan(planner().getParser().parse(sql).get(0));
                    explain(table.explain(ExplainDetail.CHANGELOG_MODE));
                }
                if (!what.equals("explain")) {
                    store.forgetReaders();
                    collect(table.execute());
                }
                return;
            }
            createSink(table, sink);
            TablePipeline pipeline = table.insertInto(SINK);
            if (!what.equals("run")) {
                plan(operation(pipeline));
                explain(pipeline.explain(ExplainDetail.CHANGELOG_MODE));
            }
            if (!what.equals("explain")) {
                store.forgetReaders();
                pipeline.execute().await();
                List<Object> rows = new ArrayList<>();
                for (Row row : store.rows(SINK)) {
                    rows.add(
                            Rendering.row(
                                    row, table.getResolvedSchema().getColumnDataTypes(), zone));
                }
                answer.put("rows", rows);
            }
        }

        private boolean isQuery(String sql) {
            String start = sql.replaceAll("(?s)^(\\s|\\(|--[^\\n]*\\n|/\\*.*?\\*/)*", "");
            return start.matches("(?is)(SELECT|WITH|VALUES|TABLE|FROM)\\b.*");
        }

        private void run(String statement) throws Exception {
            store.forgetReaders();
            TableResult result = environment.executeSql(statement);
            if (result.getResultKind() == ResultKind.SUCCESS_WITH_CONTENT
                    && result.getJobClient().isEmpty()) {
                collect(result);
            } else {
                result.await();
            }
        }

        private void collect(TableResult result) throws Exception {
            answer.putIfAbsent("columns", columns(result.getResolvedSchema()));
            List<Object> rows = new ArrayList<>();
            answer.put("rows", rows);
            try (CloseableIterator<Row> found = result.collect()) {
                while (found.hasNext()) {
                    Row row = found.next();
                    rows.add(
                            Rendering.row(
                                    row, result.getResolvedSchema().getColumnDataTypes(), zone));
                }
            }
        }

        private PlannerBase planner() {
            return (PlannerBase) ((TableEnvironmentImpl) environment).getPlanner();
        }

        /** The class of pipelines is hidden; its operation is what the planner wants. */
        private Operation operation(TablePipeline pipeline) throws ReflectiveOperationException {
            Method getter = pipeline.getClass().getDeclaredMethod("getOperation");
            getter.setAccessible(true);
            return (Operation) getter.invoke(pipeline);
        }

        private void plan(Operation operation) {
            List<Map<String, Object>> nodes = Plans.nodes(planner(), operation);
            answer.put("nodes", nodes);
            int root = asked.path("sink").asText("none").equals("none") ? 0 : 1;
            if (nodes.size() > root) {
                answer.put("mode", nodes.get(root).get("mode"));
                answer.put("keys", nodes.get(root).get("places"));
            }
        }

        private void explain(String text) {
            if (asked.path("explain").asBoolean()) {
                answer.put("explain", text);
            }
        }

        private List<List<String>> columns(ResolvedSchema schema) {
            List<List<String>> found = new ArrayList<>();
            for (Column c : schema.getColumns()) {
                found.add(
                        List.of(c.getName(), c.getDataType().getLogicalType().asSummaryString()));
            }
            return found;
        }

        private void createTable(JsonNode table) {
            StringBuilder ddl = new StringBuilder("CREATE TABLE ");
            ddl.append(quoted(table.path("name").asText())).append(" (");
            String separator = "";
            for (JsonNode column : table.path("columns")) {
                ddl.append(separator).append(quoted(column.get(0).asText()));
                ddl.append(" ").append(column.get(1).asText());
                separator = ", ";
            }
            if (table.path("pk").size() > 0) {
                List<String> names = new ArrayList<>();
                table.path("pk").forEach(n -> names.add(quoted(n.asText())));
                ddl.append(", PRIMARY KEY (").append(String.join(", ", names));
                ddl.append(") NOT ENFORCED");
            }
            if (table.hasNonNull("watermark")) {
                ddl.append(", WATERMARK FOR ").append(table.path("watermark").asText());
            }
            ddl.append(") WITH ('changelog.mode' = '");
            environment.executeSql(
                    ddl.append(table.path("mode").asText("append")).append("')").toString());
            store.given.put(
                    table.path("name").asText(),
                    table.has("rows") ? table.get("rows") : JsonNodeFactory.instance.arrayNode());
        }

        private String quoted(String name) {
            return "`" + name.replace("`", "``") + "`";
        }

        private void createSink(Table table, String mode) {
            List<String> key = new ArrayList<>();
            asked.path("pk").forEach(n -> key.add(n.asText()));
            Schema.Builder schema = Schema.newBuilder();
            for (Column c : table.getResolvedSchema().getColumns()) {
                boolean keyed = key.contains(c.getName());
                schema.column(
                        c.getName(), keyed ? c.getDataType().notNull() : c.getDataType());
            }
            if (!key.isEmpty()) {
                schema.primaryKey(key);
            }
            environment.createTable(
                    SINK,
                    TableDescriptor.forConnector("oracle")
                            .schema(schema.build())
                            .option(Tables.MODE, mode)
                            .build());
        }
    }
}
