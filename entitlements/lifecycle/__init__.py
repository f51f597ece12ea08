"""The rules of subscriptions: each verb takes a record and gives the record after it, or refuses. No I/O."""
