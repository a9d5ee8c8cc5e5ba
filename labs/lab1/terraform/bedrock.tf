# The way from Flink to one model. The keys in it stay in Confluent Cloud, and in Terraform's state
# file as well: that is why enable_bedrock is false unless you ask for it.

locals {
  bedrock_endpoint = "https://bedrock-runtime.${var.cloud_region}.amazonaws.com/model/${var.aws_bedrock_anthropic_model_id}/invoke"

  # A profile routes within one part of the world: us., eu., or one of Asia and the Pacific.
  profile_prefix = split(".", var.aws_bedrock_anthropic_model_id)[0]
  profiles_here  = startswith(var.cloud_region, "us-") ? ["us"] : startswith(var.cloud_region, "eu-") ? ["eu"] : ["apac", "au", "jp"]
  is_elsewhere   = contains(["us", "eu", "apac", "au", "jp"], local.profile_prefix) && !contains(local.profiles_here, local.profile_prefix)
}

resource "confluent_flink_connection" "bedrock" {
  count = var.enable_bedrock ? 1 : 0

  display_name      = "bedrock-claude-connection"
  type              = "BEDROCK"
  endpoint          = local.bedrock_endpoint
  aws_access_key    = var.aws_access_key_id
  aws_secret_key    = var.aws_secret_access_key
  aws_session_token = var.aws_session_token
  rest_endpoint     = data.confluent_flink_region.this.rest_endpoint

  organization {
    id = data.confluent_organization.this.id
  }

  environment {
    id = confluent_environment.this.id
  }

  compute_pool {
    id = confluent_flink_compute_pool.this.id
  }

  principal {
    id = confluent_service_account.app.id
  }

  credentials {
    key    = confluent_api_key.flink.id
    secret = confluent_api_key.flink.secret
  }

  lifecycle {
    precondition {
      condition     = var.aws_access_key_id != "" && var.aws_secret_access_key != ""
      error_message = "enable_bedrock needs aws_access_key_id and aws_secret_access_key."
    }
    precondition {
      condition     = !startswith(var.aws_access_key_id, "ASIA") || var.aws_session_token != ""
      error_message = "A key that begins with ASIA works with its aws_session_token only."
    }
    precondition {
      condition     = !local.is_elsewhere
      error_message = "The prefix of aws_bedrock_anthropic_model_id does not belong to cloud_region."
    }
  }
}
