module kerasrun

go 1.26
