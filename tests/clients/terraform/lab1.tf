# LAB 1 as Terraform: an environment, a cluster, a registry, a pool, keys, a topic, a connection.
# The addresses default to the cloud's; a rehearsal puts the emulator's in their place.
terraform {
  required_providers {
    confluent = { source = "confluentinc/confluent" }
  }
}

variable "endpoint" { default = "https://api.confluent.cloud" }
variable "cloud" { default = "AWS" }
variable "region" { default = "us-east-1" }
variable "model_id" { default = "us.anthropic.claude-sonnet-4-6" }
variable "aws_access_key_id" { sensitive = true }
variable "aws_secret_access_key" { sensitive = true }

# The Cloud key comes from CONFLUENT_CLOUD_API_KEY and CONFLUENT_CLOUD_API_SECRET.
provider "confluent" {
  endpoint    = var.endpoint
  max_retries = 5
}

data "confluent_organization" "this" {}

data "confluent_flink_region" "this" {
  cloud  = var.cloud
  region = var.region
}

resource "confluent_environment" "hotels" {
  display_name = "river-hotels-lab1"
  stream_governance { package = "ADVANCED" }
}

resource "confluent_kafka_cluster" "hotels" {
  display_name = "river-hotels-lab1"
  availability = "SINGLE_ZONE"
  cloud        = var.cloud
  region       = var.region
  standard {}
  environment { id = confluent_environment.hotels.id }
}

data "confluent_schema_registry_cluster" "hotels" {
  environment { id = confluent_environment.hotels.id }
  depends_on = [confluent_kafka_cluster.hotels]
}

resource "confluent_flink_compute_pool" "hotels" {
  display_name = "river-hotels-lab1"
  cloud        = var.cloud
  region       = var.region
  max_cfu      = 5
  environment { id = confluent_environment.hotels.id }
}

resource "confluent_service_account" "app" {
  display_name = "lab1-app-manager"
  description  = "runs the statements of LAB 1"
}

resource "confluent_role_binding" "app" {
  principal   = "User:${confluent_service_account.app.id}"
  role_name   = "EnvironmentAdmin"
  crn_pattern = confluent_environment.hotels.resource_name
}

resource "confluent_api_key" "kafka" {
  display_name = "lab1-kafka"
  owner {
    id          = confluent_service_account.app.id
    api_version = confluent_service_account.app.api_version
    kind        = confluent_service_account.app.kind
  }
  managed_resource {
    id          = confluent_kafka_cluster.hotels.id
    api_version = confluent_kafka_cluster.hotels.api_version
    kind        = confluent_kafka_cluster.hotels.kind
    environment { id = confluent_environment.hotels.id }
  }
  depends_on = [confluent_role_binding.app]
}

resource "confluent_api_key" "flink" {
  display_name = "lab1-flink"
  owner {
    id          = confluent_service_account.app.id
    api_version = confluent_service_account.app.api_version
    kind        = confluent_service_account.app.kind
  }
  managed_resource {
    id          = data.confluent_flink_region.this.id
    api_version = data.confluent_flink_region.this.api_version
    kind        = data.confluent_flink_region.this.kind
    environment { id = confluent_environment.hotels.id }
  }
  depends_on = [confluent_role_binding.app]
}

resource "confluent_kafka_topic" "bookings" {
  kafka_cluster { id = confluent_kafka_cluster.hotels.id }
  topic_name       = "bookings"
  partitions_count = 6
  rest_endpoint    = confluent_kafka_cluster.hotels.rest_endpoint
  credentials {
    key    = confluent_api_key.kafka.id
    secret = confluent_api_key.kafka.secret
  }
}

resource "confluent_flink_connection" "bedrock" {
  organization { id = data.confluent_organization.this.id }
  environment { id = confluent_environment.hotels.id }
  compute_pool { id = confluent_flink_compute_pool.hotels.id }
  principal { id = confluent_service_account.app.id }
  rest_endpoint = data.confluent_flink_region.this.rest_endpoint
  credentials {
    key    = confluent_api_key.flink.id
    secret = confluent_api_key.flink.secret
  }
  display_name   = "bedrock-claude-connection"
  type           = "BEDROCK"
  endpoint       = "https://bedrock-runtime.${var.region}.amazonaws.com/model/${var.model_id}/invoke"
  aws_access_key = var.aws_access_key_id
  aws_secret_key = var.aws_secret_access_key
}

resource "confluent_flink_statement" "hotels" {
  organization { id = data.confluent_organization.this.id }
  environment { id = confluent_environment.hotels.id }
  compute_pool { id = confluent_flink_compute_pool.hotels.id }
  principal { id = confluent_service_account.app.id }
  rest_endpoint = data.confluent_flink_region.this.rest_endpoint
  credentials {
    key    = confluent_api_key.flink.id
    secret = confluent_api_key.flink.secret
  }
  statement_name = "lab1-hotels"
  statement      = "CREATE TABLE hotels (hotel_id STRING, name STRING)"
  properties = {
    "sql.current-catalog"  = confluent_environment.hotels.display_name
    "sql.current-database" = confluent_kafka_cluster.hotels.display_name
  }
  depends_on = [confluent_role_binding.app]
}

output "registry" { value = data.confluent_schema_registry_cluster.hotels.rest_endpoint }
output "pool" { value = confluent_flink_compute_pool.hotels.id }
