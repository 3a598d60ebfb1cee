"""The consents room: who was told why a question is asked, and answered it. May not know what was answered."""
