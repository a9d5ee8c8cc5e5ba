variable "prefix" {
  description = "Begins the name of everything you create. Your initials will do."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.prefix))
    error_message = "A prefix has 2 to 10 small letters and digits and begins with a letter."
  }
}

variable "cloud_region" {
  description = "The AWS region of the cluster, the compute pool and the model: one for all."
  type        = string

  validation {
    condition = contains([
      "us-east-1", "us-east-2", "us-west-2",
      "eu-west-1", "eu-central-1",
      "ap-south-1", "ap-southeast-2", "ap-northeast-1",
    ], var.cloud_region)
    error_message = "The lab was prepared for us-east-1, us-east-2, us-west-2, eu-west-1, eu-central-1, ap-south-1, ap-southeast-2 and ap-northeast-1."
  }
}

variable "confluent_cloud_api_key" {
  description = "A key for Cloud resource management. It has no default: nobody shares it."
  type        = string

  validation {
    condition     = can(regex("^[A-Z0-9]{16}$", var.confluent_cloud_api_key))
    error_message = "A Cloud API key has 16 capital letters and digits, with no blank around it."
  }
}

variable "confluent_cloud_api_secret" {
  description = "Its secret."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[^[:space:]<>]{32,}$", var.confluent_cloud_api_secret))
    error_message = "Paste the whole secret of the Cloud API key, with no blank around it."
  }
}

variable "confluent_endpoint" {
  description = "Where Confluent Cloud's API is. Only a rehearsal against the emulator changes it."
  type        = string
  default     = "https://api.confluent.cloud"

  validation {
    condition     = can(regex("^https?://[^/[:space:]]+$", var.confluent_endpoint))
    error_message = "An endpoint begins with https:// and has no path."
  }
}

variable "max_cfu" {
  description = "How far the compute pool may grow, in Confluent Flink units. Idle, it costs none."
  type        = number
  default     = 20

  validation {
    condition     = contains([5, 10, 20, 30, 40, 50], var.max_cfu)
    error_message = "A compute pool grows to 5, 10, 20, 30, 40 or 50 CFU."
  }
}

variable "enable_bedrock" {
  description = "Whether Terraform makes the connection to Bedrock. LAB 1 makes it by SQL instead."
  type        = bool
  default     = false
}

variable "aws_bedrock_anthropic_model_id" {
  description = "The inference profile that the connection calls: us., eu. or apac., then the model."
  type        = string
  default     = "us.anthropic.claude-sonnet-4-6"

  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)*\\.[a-z0-9.-]+(:[0-9]+)?$", var.aws_bedrock_anthropic_model_id))
    error_message = "A model id looks like us.anthropic.claude-sonnet-4-6, with no blank around it."
  }
}

variable "aws_access_key_id" {
  description = "With enable_bedrock: what the connection signs with. ASIA… is temporary, AKIA… is not."
  type        = string
  sensitive   = true
  default     = ""

  validation {
    condition     = can(regex("^(|(AKIA|ASIA)[A-Z0-9]{16})$", var.aws_access_key_id))
    error_message = "An access key begins with AKIA or ASIA and has 20 signs, with no blank around it."
  }
}

variable "aws_secret_access_key" {
  description = "Its secret."
  type        = string
  sensitive   = true
  default     = ""

  validation {
    condition     = can(regex("^(|[^[:space:]<>]{40})$", var.aws_secret_access_key))
    error_message = "A secret access key has 40 signs, with no blank around it."
  }
}

variable "aws_session_token" {
  description = "The token that belongs to a temporary key (ASIA…); empty with a long-term one."
  type        = string
  sensitive   = true
  default     = ""

  validation {
    condition     = can(regex("^[^[:space:]<>]*$", var.aws_session_token))
    error_message = "Paste the session token whole, with no blank or line break in it."
  }
}
