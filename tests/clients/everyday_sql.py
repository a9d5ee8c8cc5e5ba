"""A day's work with confluent-sql, run by the Python that has the release to try.

Reads the exports of `runthrough emulate` from the environment; prints one JSON object. Uses what
releases 0.6 and 0.7 have in common.
"""

import json
import os
from importlib.metadata import version

import confluent_sql
from confluent_sql.exceptions import OperationalError


def main() -> None:
    say = {"version": version("confluent-sql")}
    connection = confluent_sql.connect(
        endpoint=os.environ["FLINK_REST_ENDPOINT"],
        flink_api_key=os.environ["FLINK_API_KEY"],
        flink_api_secret=os.environ["FLINK_API_SECRET"],
        environment_id=os.environ["CONFLUENT_ENVIRONMENT_ID"],
        organization_id=os.environ["CONFLUENT_ORGANIZATION_ID"],
        compute_pool_id=os.environ["FLINK_COMPUTE_POOL_ID"],
        database=os.environ["KAFKA_CLUSTER_NAME"],
    )
    with connection.closing_cursor() as cursor:
        cursor.execute("SHOW CATALOGS")
        say["catalogs"] = cursor.fetchall()
    connection.execute_snapshot_ddl(
        "CREATE TABLE rooms (id INT, hotel STRING, price DECIMAL(8, 2), vacant BOOLEAN)"
    )
    connection.execute_streaming_ddl(
        "INSERT INTO rooms VALUES (1, 'Ibis', 79.50, TRUE), (2, 'Ritz', 480.00, FALSE),"
        " (3, 'Ibis', CAST(NULL AS DECIMAL(8, 2)), TRUE)"
    )
    with connection.closing_cursor() as cursor:
        cursor.execute("SELECT * FROM rooms WHERE vacant = %s", (True,))
        say["vacant"] = sorted([str(value) for value in row] for row in cursor.fetchall())
        say["columns"] = [[column[0], column[1]] for column in cursor.description]
    with connection.closing_cursor(as_dict=True) as cursor:
        cursor.execute("SELECT hotel, COUNT(*) AS n FROM rooms GROUP BY hotel")
        say["counted"] = sorted(cursor.fetchall(), key=lambda row: row["hotel"])
    with connection.closing_streaming_cursor() as cursor:
        cursor.execute("SELECT hotel FROM rooms", statement_name="watch-rooms")
        watched = []
        while len(watched) < 3:
            watched += cursor.fetchmany(3 - len(watched))
        say["watched"] = sorted(row[0] for row in watched)
        say["kind"] = cursor.statement.traits.sql_kind
        connection.stop_statement(cursor.statement)
    connection.delete_statement("watch-rooms")
    try:
        connection.execute_snapshot_ddl("CREATE TABLE rooms (id INT)")
    except OperationalError as e:
        say["refused"] = str(e)
    connection.execute_snapshot_ddl("DROP TABLE rooms")
    say["left"] = [statement.name for statement in connection.list_statements()]
    connection.close()
    print(json.dumps(say, default=str))


if __name__ == "__main__":
    main()
