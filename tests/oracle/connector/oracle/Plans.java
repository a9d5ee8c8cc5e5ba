package oracle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.util.ImmutableBitSet;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.planner.delegation.PlannerBase;
import org.apache.flink.table.planner.plan.metadata.FlinkRelMetadataQuery;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalRel;
import org.apache.flink.table.planner.plan.utils.ChangelogPlanUtils;
import org.apache.flink.table.planner.plan.utils.FlinkRelOptUtil;
import scala.collection.JavaConverters;

/** The optimized plan of a statement: text, changelog mode and upsert keys of every node. */
final class Plans {
    private Plans() {}

    /** Returns the nodes from the sink down: {depth, text, mode, keys}. */
    static List<Map<String, Object>> nodes(PlannerBase planner, Operation operation) {
        planner.beforeTranslation();
        List<Map<String, Object>> found = new ArrayList<>();
        for (RelNode root :
                JavaConverters.seqAsJavaList(planner.getExplainGraphs(List.of(operation))._2())) {
            add(root, 0, found);
        }
        planner.afterTranslation();
        return found;
    }

    private static void add(RelNode node, int depth, List<Map<String, Object>> found) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("depth", depth);
        line.put("text", text(node));
        line.put("mode", mode(node));
        line.put("places", places(node));
        line.put("keys", keys(node));
        found.add(line);
        for (RelNode input : node.getInputs()) {
            add(input, depth + 1, found);
        }
    }

    private static String text(RelNode node) {
        String digest = FlinkRelOptUtil.getDigest(node).lines().findFirst().orElse("");
        int end = digest.lastIndexOf("), rowType=[");
        String shown = end < 0 ? digest : digest.substring(0, end + 1);
        return shown.replaceAll(",? ?changelogMode=\\[[^\\]]*\\]\\)$", ")");
    }

    private static List<String> mode(RelNode node) {
        List<String> found = new ArrayList<>();
        if (node instanceof StreamPhysicalRel) {
            String text =
                    ChangelogPlanUtils.stringifyChangelogMode(
                            ChangelogPlanUtils.getChangelogMode((StreamPhysicalRel) node));
            found.addAll(List.of(text.split(",")));
        }
        return found;
    }

    private static List<List<String>> keys(RelNode node) {
        List<List<String>> found = new ArrayList<>();
        for (List<Integer> key : places(node)) {
            List<String> names = new ArrayList<>();
            key.forEach(i -> names.add(node.getRowType().getFieldNames().get(i)));
            found.add(names);
        }
        return found;
    }

    private static List<List<Integer>> places(RelNode node) {
        List<List<Integer>> found = new ArrayList<>();
        try {
            Set<ImmutableBitSet> keys =
                    FlinkRelMetadataQuery.reuseOrCreate(node.getCluster().getMetadataQuery())
                            .getUpsertKeys(node);
            for (ImmutableBitSet key : keys == null ? Set.<ImmutableBitSet>of() : keys) {
                found.add(key.asList());
            }
        } catch (RuntimeException none) {
            // A node Flink has no metadata for (a batch node, a sink) has no known key.
            return found;
        }
        return found;
    }
}
