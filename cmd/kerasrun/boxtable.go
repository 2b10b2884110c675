package main

import (
	"bufio"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// column is one column of a boxed table.
type column struct {
	title string
	right bool
	width int // of the text, before the table is made to fit
}

// writeBox prints a table with box-drawing lines between all rows, as the rich
// package prints Keras's summaries: a heavy head, a light body, text wrapped at
// spaces.
func writeBox(w io.Writer, columns []column, width int, rows [][]string) error {
	b := bufio.NewWriter(w)
	inner := fitColumns(columns, width)
	line := func(left, mid, right, fill string) {
		b.WriteString(left)
		for i, n := range inner {
			if i > 0 {
				b.WriteString(mid)
			}
			b.WriteString(strings.Repeat(fill, n+2))
		}
		b.WriteString(right + "\n")
	}
	row := func(cells []string, bar string) {
		folded := make([][]string, len(cells))
		height := 1
		for i, c := range cells {
			folded[i] = fold1(c, inner[i])
			height = max(height, len(folded[i]))
		}
		for h := 0; h < height; h++ {
			b.WriteString(bar)
			for i, f := range folded {
				text := ""
				if h < len(f) {
					text = f[h]
				}
				pad := strings.Repeat(" ", max(inner[i]-utf8.RuneCountInString(text), 0))
				if columns[i].right {
					text = pad + text
				} else {
					text += pad
				}
				b.WriteString(" " + text + " " + bar)
			}
			b.WriteByte('\n')
		}
	}
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	line("┏", "┳", "┓", "━")
	row(titles, "┃")
	if len(rows) == 0 {
		line("└", "┴", "┘", "─")
		return b.Flush()
	}
	line("┡", "╇", "┩", "━")
	for i, r := range rows {
		if i > 0 {
			line("├", "┼", "┤", "─")
		}
		row(r, "│")
	}
	line("└", "┴", "┘", "─")
	return b.Flush()
}

// fitColumns takes from every column an equal share of what the table is too
// wide, and returns the widths of the text.
func fitColumns(columns []column, width int) []int {
	room := width - len(columns) - 1
	excess := -room
	for _, c := range columns {
		excess += c.width + 2
	}
	widths := make([]int, len(columns))
	for i, c := range columns {
		share := 0
		if excess > 0 {
			share = int(math.RoundToEven(float64(excess) / float64(len(columns)-i)))
			excess -= share
		}
		widths[i] = max(c.width-share, 1)
	}
	return widths
}

// fold1 breaks text into lines of at most width runes, at spaces where it can.
func fold1(text string, width int) []string {
	var lines []string
	current := ""
	for _, word := range strings.SplitAfter(text, " ") {
		if utf8.RuneCountInString(strings.TrimRight(current+word, " ")) <= width {
			current += word
			continue
		}
		if current != "" {
			lines = append(lines, strings.TrimRight(current, " "))
			current = ""
		}
		r := []rune(word)
		for len(strings.TrimRight(string(r), " ")) > 0 && utf8.RuneCountInString(strings.TrimRight(string(r), " ")) > width {
			lines = append(lines, string(r[:width]))
			r = r[width:]
		}
		current = string(r)
	}
	if current != "" || len(lines) == 0 {
		lines = append(lines, strings.TrimRight(current, " "))
	}
	return lines
}
