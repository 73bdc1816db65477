"""What the pages and the API ask of other rooms, a module for each subject."""
