package oracle;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.GenericInMemoryCatalog;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.exceptions.DatabaseNotExistException;
import org.apache.flink.table.catalog.exceptions.TableAlreadyExistException;

/** A catalog whose tables need no WITH: like Confluent's, upsert by primary key or append. */
final class OracleCatalog extends GenericInMemoryCatalog {
    private final int question;

    OracleCatalog(String name, String database, int question) {
        super(name, database);
        this.question = question;
    }

    @Override
    public void createTable(ObjectPath path, CatalogBaseTable table, boolean ignoreIfExists)
            throws TableAlreadyExistException, DatabaseNotExistException {
        CatalogBaseTable made = table;
        if (table instanceof ResolvedCatalogTable) {
            Map<String, String> options = new HashMap<>(table.getOptions());
            options.putIfAbsent("connector", "oracle");
            if (options.get("connector").equals("oracle")) {
                options.put(Tables.QUESTION.key(), String.valueOf(question));
            }
            made = ((ResolvedCatalogTable) table).copy(options);
        }
        super.createTable(path, made, ignoreIfExists);
    }
}
