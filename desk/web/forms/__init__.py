"""Forms: a conversation as pages, one question each. May not decide what is asked, taken or summed up."""
