"""The database of the local CRM: opening, generating, digesting."""
