# What the labs compute with: an environment, a cluster, its Schema Registry, a compute pool.

data "confluent_organization" "this" {}

data "confluent_flink_region" "this" {
  cloud  = "AWS"
  region = var.cloud_region
}

resource "confluent_environment" "this" {
  display_name = "${var.prefix}-environment"

  stream_governance {
    package = "ADVANCED"
  }
}

resource "confluent_kafka_cluster" "this" {
  display_name = "${var.prefix}-cluster"
  availability = "SINGLE_ZONE"
  cloud        = "AWS"
  region       = var.cloud_region
  standard {}

  environment {
    id = confluent_environment.this.id
  }
}

# The registry appears once the first cluster of the environment is up.
data "confluent_schema_registry_cluster" "this" {
  environment {
    id = confluent_environment.this.id
  }

  depends_on = [confluent_kafka_cluster.this]
}

resource "confluent_flink_compute_pool" "this" {
  display_name = "${var.prefix}-pool"
  cloud        = "AWS"
  region       = var.cloud_region
  max_cfu      = var.max_cfu

  environment {
    id = confluent_environment.this.id
  }
}
