"""The pretend agencies that people make appointments with: registries, hospitals, whatever the data name.

The contract is `docs/reference/appointments.openapi.yaml`. A further service is data alone. May not know any one.
"""
