output "bedrock_endpoint" {
  description = "Where Flink asks the model: one endpoint, one model, one connection."
  value       = local.bedrock_endpoint
}

output "bedrock_connection" {
  description = "The connection that Terraform made; empty while enable_bedrock is false."
  value       = join("", confluent_flink_connection.bedrock[*].display_name)
}

output "confluent" {
  description = "Every id, address and key of the environment."
  sensitive   = true

  value = {
    organization_id                = data.confluent_organization.this.id
    environment_id                 = confluent_environment.this.id
    environment_name               = confluent_environment.this.display_name
    cluster_id                     = confluent_kafka_cluster.this.id
    cluster_name                   = confluent_kafka_cluster.this.display_name
    bootstrap_endpoint             = confluent_kafka_cluster.this.bootstrap_endpoint
    kafka_rest_endpoint            = confluent_kafka_cluster.this.rest_endpoint
    kafka_api_key                  = confluent_api_key.kafka.id
    kafka_api_secret               = confluent_api_key.kafka.secret
    schema_registry_id             = data.confluent_schema_registry_cluster.this.id
    schema_registry_endpoint       = data.confluent_schema_registry_cluster.this.rest_endpoint
    schema_registry_api_key        = confluent_api_key.registry.id
    schema_registry_api_secret     = confluent_api_key.registry.secret
    compute_pool_id                = confluent_flink_compute_pool.this.id
    flink_rest_endpoint            = data.confluent_flink_region.this.rest_endpoint
    flink_api_key                  = confluent_api_key.flink.id
    flink_api_secret               = confluent_api_key.flink.secret
    tableflow_api_key              = confluent_api_key.tableflow.id
    tableflow_api_secret           = confluent_api_key.tableflow.secret
    service_account_id             = confluent_service_account.app.id
    aws_bedrock_anthropic_endpoint = local.bedrock_endpoint
  }
}

output "dotenv" {
  description = "The same as a file of settings: terraform output -raw dotenv > .env"
  sensitive   = true

  value = <<-EOT
    CONFLUENT_CLOUD_API_KEY='${var.confluent_cloud_api_key}'
    CONFLUENT_CLOUD_API_SECRET='${var.confluent_cloud_api_secret}'
    CONFLUENT_CLOUD_REST_ENDPOINT='${var.confluent_endpoint}'
    CONFLUENT_ORGANIZATION_ID='${data.confluent_organization.this.id}'
    CONFLUENT_ENVIRONMENT_ID='${confluent_environment.this.id}'
    FLINK_REST_ENDPOINT='${data.confluent_flink_region.this.rest_endpoint}'
    FLINK_API_KEY='${confluent_api_key.flink.id}'
    FLINK_API_SECRET='${confluent_api_key.flink.secret}'
    FLINK_COMPUTE_POOL_ID='${confluent_flink_compute_pool.this.id}'
    FLINK_PRINCIPAL_ID='${confluent_service_account.app.id}'
    KAFKA_ID='${confluent_kafka_cluster.this.id}'
    KAFKA_CLUSTER_NAME='${confluent_kafka_cluster.this.display_name}'
    KAFKA_BOOTSTRAP_SERVERS='${confluent_kafka_cluster.this.bootstrap_endpoint}'
    KAFKA_REST_ENDPOINT='${confluent_kafka_cluster.this.rest_endpoint}'
    KAFKA_API_KEY='${confluent_api_key.kafka.id}'
    KAFKA_API_SECRET='${confluent_api_key.kafka.secret}'
    SCHEMA_REGISTRY_ID='${data.confluent_schema_registry_cluster.this.id}'
    SCHEMA_REGISTRY_REST_ENDPOINT='${data.confluent_schema_registry_cluster.this.rest_endpoint}'
    SCHEMA_REGISTRY_API_KEY='${confluent_api_key.registry.id}'
    SCHEMA_REGISTRY_API_SECRET='${confluent_api_key.registry.secret}'
    TABLEFLOW_API_KEY='${confluent_api_key.tableflow.id}'
    TABLEFLOW_API_SECRET='${confluent_api_key.tableflow.secret}'
    AWS_REGION='${var.cloud_region}'
    AWS_DEFAULT_REGION='${var.cloud_region}'
    BEDROCK_MODEL_ID='${var.aws_bedrock_anthropic_model_id}'
    CLOUD_PROVIDER='aws'
    CLOUD_REGION='${var.cloud_region}'
  EOT
}
