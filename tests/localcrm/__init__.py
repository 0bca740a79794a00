"""Tests of the local CRM."""
