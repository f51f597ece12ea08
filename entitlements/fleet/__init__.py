"""What an edit of the plans does to many subjects: to each holder of terms once, to their use row by row."""
