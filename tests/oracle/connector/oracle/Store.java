package oracle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.types.Row;

/**
 * The rows of one question's tables, and whose turn it is to send one.
 *
 * <p>The mini cluster lives in this very process, so sources and sinks find their rows here under
 * the question's number; nothing but that number is serialised.
 */
final class Store {
    private static final Map<Integer, Store> OPEN = new ConcurrentHashMap<>();

    final Map<String, JsonNode> given = new ConcurrentHashMap<>();
    final Map<String, List<Row>> written = new ConcurrentHashMap<>();
    private final Map<String, Integer> readers = new ConcurrentHashMap<>();
    private final int pause;
    private TreeMap<Long, Integer> turns;

    /**
     * Opens a store.
     *
     * @param pause milliseconds to wait after each row so that it has passed through the job
     *     before the next one starts; 0 lets the tables run side by side
     */
    static Store open(int number, int pause) {
        Store store = new Store(pause);
        OPEN.put(number, store);
        return store;
    }

    static Store of(int number) {
        return OPEN.get(number);
    }

    static void close(int number) {
        OPEN.remove(number);
    }

    private Store(int pause) {
        this.pause = pause;
    }

    /** Forgets the readers that planning alone has made. */
    synchronized void forgetReaders() {
        readers.clear();
        turns = null;
    }

    synchronized void addReader(String table) {
        readers.merge(table, 1, Integer::sum);
    }

    List<Row> rows(String table) {
        return written.computeIfAbsent(table, t -> Collections.synchronizedList(new ArrayList<>()));
    }

    /** Waits until the row with this place is the first of all rows that are still to come. */
    synchronized void awaitTurn(long place) throws InterruptedException {
        if (pause == 0) {
            return;
        }
        if (turns == null) {
            turns = plan();
        }
        while (turns.containsKey(place) && turns.firstKey() < place) {
            wait();
        }
    }

    void endTurn(long place) throws InterruptedException {
        if (pause == 0) {
            return;
        }
        Thread.sleep(pause);
        synchronized (this) {
            turns.computeIfPresent(place, (p, left) -> left == 1 ? null : left - 1);
            notifyAll();
        }
    }

    /** Waits until all rows of all tables are sent: an input that ends is an input without time. */
    synchronized void awaitEnd() throws InterruptedException {
        while (pause > 0 && turns != null && !turns.isEmpty()) {
            wait();
        }
    }

    private TreeMap<Long, Integer> plan() {
        TreeMap<Long, Integer> found = new TreeMap<>();
        readers.forEach(
                (table, count) -> {
                    JsonNode rows = given.get(table);
                    for (int i = 0; rows != null && i < rows.size(); i++) {
                        found.put(place(rows.get(i), i), count);
                    }
                });
        return found;
    }

    /** A row is [op, values] or [op, values, place among the rows of all tables]. */
    static long place(JsonNode row, int position) {
        return row.size() > 2 ? row.get(2).asLong() : position;
    }
}
