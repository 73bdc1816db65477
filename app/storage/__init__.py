"""The table's implementations: DynamoDB, memory, and the guard that keeps tenants apart."""
