"""One module a version. What was released is never edited; what comes later is a new module."""
