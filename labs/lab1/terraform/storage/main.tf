# For Tableflow in LAB 2, and only for it: a bucket of your own, and a role that Confluent may assume
# to write there. Apply it after the environment, in this folder.

terraform {
  required_version = ">= 1.6.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100.0"
    }
    confluent = {
      source  = "confluentinc/confluent"
      version = "~> 2.83.0"
    }
  }
}

variable "prefix" {
  description = "The prefix of the environment. Names of buckets are one world's, so a number follows."
  type        = string
}

variable "environment_id" {
  description = "The environment of LAB 1."
  type        = string

  validation {
    condition     = startswith(var.environment_id, "env-")
    error_message = "The id of an environment begins with env-."
  }
}

variable "cloud_region" {
  description = "The region of the cluster: the bucket has to be in the same one."
  type        = string
}

# Keys come from CONFLUENT_CLOUD_API_KEY, CONFLUENT_CLOUD_API_SECRET and AWS's own variables.
provider "confluent" {}

provider "aws" {
  region = var.cloud_region

  default_tags {
    tags = { lab = "river-hotels", owner = var.prefix }
  }
}

data "aws_caller_identity" "this" {}

locals {
  # The role is named before it is made: the integration wants its ARN, and it wants the
  # integration's principal.
  role_name = "${var.prefix}-tableflow-role"
  role_arn  = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:role/${local.role_name}"
}

resource "confluent_provider_integration" "s3" {
  display_name = "${var.prefix}-s3-integration"

  environment {
    id = var.environment_id
  }

  aws {
    customer_role_arn = local.role_arn
  }
}

resource "aws_s3_bucket" "tables" {
  bucket_prefix = "${var.prefix}-river-hotels-"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "tables" {
  bucket                  = aws_s3_bucket.tables.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Confluent's own role assumes it, and only with the external id of this integration.
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [confluent_provider_integration.s3.aws[0].iam_role_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [confluent_provider_integration.s3.aws[0].external_id]
    }
  }

  statement {
    actions = ["sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = [confluent_provider_integration.s3.aws[0].iam_role_arn]
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [aws_s3_bucket.tables.arn]
  }

  statement {
    actions = [
      "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts",
      "s3:PutObject", "s3:PutObjectTagging",
    ]
    resources = ["${aws_s3_bucket.tables.arn}/*"]
  }
}

resource "aws_iam_role" "tableflow" {
  name               = local.role_name
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "bucket" {
  name   = "write-tables"
  role   = aws_iam_role.tableflow.id
  policy = data.aws_iam_policy_document.bucket.json
}

output "aws_s3" {
  description = "The bucket that Tableflow writes to."
  value = {
    name = aws_s3_bucket.tables.bucket
    arn  = aws_s3_bucket.tables.arn
    url  = "s3://${aws_s3_bucket.tables.bucket}"
  }
}

output "aws_iam" {
  description = "The role that Confluent assumes."
  value = {
    role_arn  = aws_iam_role.tableflow.arn
    role_name = aws_iam_role.tableflow.name
    role_id   = aws_iam_role.tableflow.unique_id
  }
}

output "provider_integration_id" {
  description = "What a Tableflow topic names beside the bucket."
  value       = confluent_provider_integration.s3.id
}
