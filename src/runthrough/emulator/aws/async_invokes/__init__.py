"""Calls whose answer goes to a bucket: the jobs of StartAsyncInvoke (facts amazon-bedrock 2.10)."""
