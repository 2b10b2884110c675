package main

import (
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"kerasrun/internal/atomicfile"
	"kerasrun/train"
)

// plotColors tell the curves apart, in the order of the legend.
var plotColors = []color.RGBA{
	{31, 119, 180, 255}, {255, 127, 14, 255}, {44, 160, 44, 255}, {214, 39, 40, 255}, {148, 103, 189, 255},
}

// plotHistory draws the losses over the epochs.
func plotHistory(file string, h *train.History) error {
	if h == nil || len(h.Epochs) == 0 {
		return nil
	}
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "epoch", "loss"
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	drawn := 0
	for _, name := range h.Names {
		if name != "loss" && name != "val_loss" {
			continue
		}
		var points plotter.XYs
		for i, v := range h.Values[name] {
			if i < len(h.Epochs) {
				points = append(points, plotter.XY{X: float64(h.Epochs[i] + 1), Y: v})
			}
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return coded(exitInternal, fmt.Errorf("plot: %w", err))
		}
		line.Color = plotColors[drawn%len(plotColors)]
		dots.Color = line.Color
		line.Width = vg.Points(1.5)
		p.Add(line, dots)
		p.Legend.Add(name, line)
		drawn++
	}
	return savePlot(file, p)
}

// savePlot writes a plot in the format that the file's extension names.
func savePlot(file string, p *plot.Plot) error {
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(file)), ".")
	if format != "png" && format != "svg" && format != "pdf" {
		return usagef("--plot %s: want a name that ends in .png, .svg or .pdf", file)
	}
	to, err := p.WriterTo(16*vg.Centimeter, 10*vg.Centimeter, format)
	if err != nil {
		return coded(exitInternal, fmt.Errorf("plot: %w", err))
	}
	return coded(exitIO, atomicfile.Write(file, func(w io.Writer) error {
		_, err := to.WriteTo(w)
		return err
	}))
}
