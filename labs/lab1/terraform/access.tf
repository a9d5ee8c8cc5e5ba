# One service account runs everything in the labs. It may do what they do, in this environment and
# nowhere else: it is no EnvironmentAdmin, so it gives nobody a role and makes no other cluster.

resource "confluent_service_account" "app" {
  display_name = "${var.prefix}-app-manager"
  description  = "Runs the statements and loads the data of the River Hotels labs"
}

# Runs statements, and makes the connection to Bedrock, for which FlinkDeveloper is too little.
resource "confluent_role_binding" "flink" {
  principal   = "User:${confluent_service_account.app.id}"
  role_name   = "FlinkAdmin"
  crn_pattern = confluent_environment.this.resource_name
}

# Creates, fills and reads topics, with transactions, and turns Tableflow on: in this cluster.
resource "confluent_role_binding" "cluster" {
  principal   = "User:${confluent_service_account.app.id}"
  role_name   = "CloudClusterAdmin"
  crn_pattern = confluent_kafka_cluster.this.rbac_crn
}

# Registers and deletes the schemas of those topics.
resource "confluent_role_binding" "subjects" {
  principal   = "User:${confluent_service_account.app.id}"
  role_name   = "ResourceOwner"
  crn_pattern = "${data.confluent_schema_registry_cluster.this.resource_name}/subject=*"
}

resource "confluent_api_key" "kafka" {
  display_name = "${var.prefix}-kafka"
  description  = "Opens the cluster ${confluent_kafka_cluster.this.id}"

  owner {
    id          = confluent_service_account.app.id
    api_version = confluent_service_account.app.api_version
    kind        = confluent_service_account.app.kind
  }

  managed_resource {
    id          = confluent_kafka_cluster.this.id
    api_version = confluent_kafka_cluster.this.api_version
    kind        = confluent_kafka_cluster.this.kind

    environment {
      id = confluent_environment.this.id
    }
  }

  depends_on = [confluent_role_binding.cluster]
}

resource "confluent_api_key" "registry" {
  display_name = "${var.prefix}-schema-registry"
  description  = "Opens the Schema Registry of ${confluent_environment.this.id}"

  owner {
    id          = confluent_service_account.app.id
    api_version = confluent_service_account.app.api_version
    kind        = confluent_service_account.app.kind
  }

  managed_resource {
    id          = data.confluent_schema_registry_cluster.this.id
    api_version = data.confluent_schema_registry_cluster.this.api_version
    kind        = data.confluent_schema_registry_cluster.this.kind

    environment {
      id = confluent_environment.this.id
    }
  }

  depends_on = [confluent_role_binding.subjects]
}

resource "confluent_api_key" "flink" {
  display_name = "${var.prefix}-flink"
  description  = "Opens Flink in ${var.cloud_region}"

  owner {
    id          = confluent_service_account.app.id
    api_version = confluent_service_account.app.api_version
    kind        = confluent_service_account.app.kind
  }

  managed_resource {
    id          = data.confluent_flink_region.this.id
    api_version = data.confluent_flink_region.this.api_version
    kind        = data.confluent_flink_region.this.kind

    environment {
      id = confluent_environment.this.id
    }
  }

  depends_on = [confluent_role_binding.flink]
}

resource "confluent_api_key" "tableflow" {
  display_name = "${var.prefix}-tableflow"
  description  = "Turns Tableflow on for topics"

  owner {
    id          = confluent_service_account.app.id
    api_version = confluent_service_account.app.api_version
    kind        = confluent_service_account.app.kind
  }

  managed_resource {
    id          = "tableflow"
    api_version = "tableflow/v1"
    kind        = "Tableflow"
  }

  depends_on = [confluent_role_binding.cluster]
}
