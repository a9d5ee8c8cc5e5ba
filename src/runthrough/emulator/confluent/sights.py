"""What of a list its reader is shown: what a role of theirs covers.

That a list leaves out what its reader may not read one by one is ours where the sheet is silent;
that such a read is refused is facts/confluent-cloud-api.md 1.6. Compute pools, connections and
principals are shown to everybody who may read such a list at all.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import environment_crn
from runthrough.emulator.confluent.http import Call
from runthrough.emulator.confluent.identity.crns import below
from runthrough.emulator.confluent.identity.roles import Area, Need, allowed
from runthrough.emulator.confluent.permits import flink_place, kafka_place, registry_place


class Sight:
    """What one caller may see."""

    def __init__(self, cloud: Cloud, call: Call) -> None:
        """Look at the caller's roles once, for a whole list."""
        self._cloud, self._call = cloud, call
        self._roles = cloud.identity.roles_of(call.caller.owner)

    def environment(self, environment: str) -> bool:
        """Return whether an environment is shown: to everybody with a role inside."""
        return self._may("environments", environment_crn(self._cloud, environment))

    def cluster(self, environment: str, cluster: str) -> bool:
        """Return whether a Kafka cluster is shown: to everybody with a role inside."""
        return self._may("clusters", kafka_place(self._cloud, environment, cluster))

    def topics(self, cluster: str, names: list[str]) -> set[str]:
        """Return the topics of a cluster that are shown."""
        environment = self._cloud.account.cluster(cluster).environment_id
        return self._inside("topics", kafka_place(self._cloud, environment, cluster), names)

    def groups(self, cluster: str, names: list[str]) -> set[str]:
        """Return the consumer groups of a cluster that are shown."""
        environment = self._cloud.account.cluster(cluster).environment_id
        return self._inside("groups", kafka_place(self._cloud, environment, cluster), names)

    def subjects(self, names: list[str]) -> set[str]:
        """Return the subjects of the call's registry that are shown."""
        return self._inside("subjects", registry_place(self._cloud, self._call), names)

    def pools_of_statements(self) -> set[str] | None:
        """Return the compute pools whose statements are shown; None = all."""
        place = flink_place(self._cloud, self._call)
        if self._may("statements", place):
            return None
        pools = self._cloud.account.compute_pools.all(self._call.params["environment"])
        return {
            p.id for p in pools if self._may("statements", below(place, ("compute-pool", p.id)))
        }

    def _inside(self, area: Area, place: str, names: list[str]) -> set[str]:
        if self._may(area, place):
            return set(names)
        kind = {"topics": "topic", "groups": "group", "subjects": "subject"}[area]
        return {name for name in names if self._may(area, below(place, (kind, name)))}

    def _may(self, area: Area, name: str) -> bool:
        need = Need(area, "describe", name)
        return any(allowed(role, need, self._cloud.world.organization.id) for role in self._roles)
