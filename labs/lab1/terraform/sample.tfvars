# Copy this file to terraform.tfvars, which git ignores, and fill in what stands in <…>.

# Your initials: 2 to 10 small letters and digits. Every name begins with it.
prefix = "<your initials>"

# One region for the cluster, the compute pool and the model.
cloud_region = "us-east-1"

# A key for Cloud resource management.
confluent_cloud_api_key    = "<your Cloud API key>"
confluent_cloud_api_secret = "<your Cloud API secret>"

# The model that Flink asks, by its inference profile: us., eu. or apac. in front, as the region is.
aws_bedrock_anthropic_model_id = "us.anthropic.claude-sonnet-4-6"

# LAB 1 makes the connection to Bedrock by SQL. Say true to have Terraform make it, and fill in the
# three keys below, or set TF_VAR_aws_access_key_id and so on: an exported AWS_ACCESS_KEY_ID does
# not become a Terraform variable by itself.
enable_bedrock        = false
aws_access_key_id     = ""
aws_secret_access_key = ""
aws_session_token     = ""
