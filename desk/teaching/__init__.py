"""Teaching: real messages that trainers look at and say what they are; changes nothing that runs."""
