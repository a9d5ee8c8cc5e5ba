import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** Serves MongoDB's protocol from memory, at the address it prints, until its input ends. */
public class Serve {
    /** The oldest version that today's drivers speak to; the server's own names are older. */
    record Oldest() implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    }

    public static void main(String[] arguments) throws Exception {
        MongoServer server = new MongoServer(new MemoryBackend().version(new Oldest()));
        System.out.println(server.bindAndGetConnectionString());
        System.out.flush();
        while (System.in.read() >= 0) {}
        server.shutdownNow();
    }
}
