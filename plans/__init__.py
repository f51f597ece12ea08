"""The CommCare catalog, shipped as entitlements.plans."""
