"""What the tasks of one network give to and take from each other, on compounds whose scaffold is held out."""
