"""The demonstration organisation: above both apps, without models of its own, and never needed in production."""
