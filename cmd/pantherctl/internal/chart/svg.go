package chart

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"
	"unicode/utf8"
)

// The measures of the picture, in pixels. Text is monospaced, so that its
// width is known: 0.6 of its size in every common font.
const (
	textSize  = 13
	charWidth = 8
	lineStep  = 26 // of chips
	nameStep  = 18 // of names
	chipPad   = 16 // left and right of a chip's word together
	gap       = 6
	cellPad   = 12
	margin    = 32
	wideCell  = 260 // where chips are broken into lines
)

const svgStyle = `
text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: var(--ink); }
svg { --page: #fff; --ink: #1b1f24; --faint: #59636e; --line: #d1d9e0; --head: #f3f5f7; --chip: 55% 90%; --edge: 45% 42%; --word: 60% 18%; }
@media (prefers-color-scheme: dark) {
  svg { --page: #0f1216; --ink: #e6e9ed; --faint: #9ca6b1; --line: #343b44; --head: #191e24; --chip: 35% 20%; --edge: 45% 55%; --word: 60% 88%; }
}
.page { fill: var(--page); }
.head { fill: var(--head); }
.grid { stroke: var(--line); }
.title { font-size: 22px; font-weight: 600; font-family: system-ui, sans-serif; }
.note { fill: var(--faint); font-family: system-ui, sans-serif; }
.name { font-weight: 600; }
.faint { fill: var(--faint); }
.chip rect { fill: hsl(var(--h) var(--chip)); stroke: hsl(var(--h) var(--edge)); }
.chip text { fill: hsl(var(--h) var(--word)); }
.chip.lan rect { stroke-dasharray: 5 3; }
.chip.container rect { stroke-dasharray: 1.5 2.5; }
.chip.wan rect, .chip.tunnel rect { stroke-width: 3; }
.chip.tunnel rect { stroke-dasharray: 6 3; }
.chip.any rect { fill: var(--ink); stroke: var(--ink); }
.chip.any text { fill: var(--page); }
.chip.any.wan rect, .chip.any.lan rect { fill: var(--page); }
.chip.any.wan text, .chip.any.lan text { fill: var(--ink); }
`

// picture is a chart that is being drawn.
type picture struct {
	*Chart
	w       *bufio.Writer
	left    int // width of the rows' heads
	top     int // height of the columns' heads
	widths  []int
	heights []int
}

// writeSVG draws a chart that needs nothing else, with its table in roles that
// screen readers know.
func writeSVG(w io.Writer, c *Chart) error {
	p := &picture{Chart: c, w: bufio.NewWriter(w)}
	p.measure()
	width, height := p.left, p.top
	for _, x := range p.widths {
		width += x
	}
	for _, y := range p.heights {
		height += y
	}
	title := "Who reaches whom in " + c.Fleet
	inner := max(width, charWidth*60)
	legend := p.legendLines(inner)
	total := margin + 56 + height + 30 + len(legend)*lineStep + margin
	fmt.Fprintf(p.w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="table" aria-label="%s">`+"\n", inner+2*margin, total, esc(title))
	fmt.Fprintf(p.w, "<title>%s</title>\n<style>%s</style>\n", esc(title), svgStyle)
	fmt.Fprintf(p.w, `<rect class="page" width="100%%" height="100%%"/>`+"\n")
	fmt.Fprintf(p.w, `<text class="title" x="%d" y="%d">%s</text>`+"\n", margin, margin+18, esc(title))
	fmt.Fprintf(p.w, `<text class="note" x="%d" y="%d">Rows send, columns receive. What is not named is closed.</text>`+"\n", margin, margin+40)
	p.table(margin, margin+56, width, height)
	for i, line := range legend {
		x := margin
		for _, e := range line {
			x += p.drawChip(e, x, margin+56+height+24+i*lineStep) + gap
		}
	}
	fmt.Fprintln(p.w, "</svg>")
	return p.w.Flush()
}

// measure finds the sizes of rows and columns.
func (p *picture) measure() {
	longest := func(h heading) int {
		n := utf8.RuneCountInString(h.More)
		for _, name := range h.Names {
			n = max(n, utf8.RuneCountInString(name))
		}
		return n * charWidth
	}
	tall := func(h heading) int {
		n := len(h.Names)
		if h.More != "" {
			n++
		}
		return n*nameStep + 2*cellPad
	}
	p.left, p.top = charWidth*9, nameStep+2*cellPad
	for _, r := range p.Rows {
		p.left = max(p.left, longest(r.heading()))
	}
	p.left += 2 * cellPad
	for j, c := range p.Columns {
		p.top = max(p.top, tall(c.heading()))
		width := longest(c.heading())
		for i := range p.Rows {
			for _, line := range flow(p.chips(p.Cells[i][j]), wideCell) {
				width = max(width, lineWidth(line))
			}
		}
		p.widths = append(p.widths, width+2*cellPad)
	}
	for i, r := range p.Rows {
		height := tall(r.heading())
		for j := range p.Columns {
			height = max(height, len(flow(p.chips(p.Cells[i][j]), wideCell))*lineStep+2*cellPad-4)
		}
		p.heights = append(p.heights, height)
	}
}

func (c chip) width() int { return utf8.RuneCountInString(c.Label)*charWidth + chipPad }

func lineWidth(line []chip) int {
	width := -gap
	for _, c := range line {
		width += c.width() + gap
	}
	return width
}

// flow breaks chips into lines.
func flow(chips []chip, width int) [][]chip {
	var lines [][]chip
	for _, c := range chips {
		if n := len(lines) - 1; n >= 0 && lineWidth(append(lines[n][:len(lines[n]):len(lines[n])], c)) <= width {
			lines[n] = append(lines[n], c)
			continue
		}
		lines = append(lines, []chip{c})
	}
	return lines
}

// legendLines are the services and ways as chips.
func (p *picture) legendLines(width int) [][]chip {
	lines := flow(p.legend(), width)
	var ways []chip
	for _, w := range p.ways() {
		ways = append(ways, chip{Label: w.Label, Class: w.Class, Hue: 210})
	}
	return append(lines, flow(ways, width)...)
}

func (p *picture) table(x, y, width, height int) {
	fmt.Fprintf(p.w, `<rect class="head" x="%d" y="%d" width="%d" height="%d"/><rect class="head" x="%[1]d" y="%[2]d" width="%d" height="%d"/>`+"\n", x, y, width, p.top, p.left, height)
	p.grid(x, y, width, height)
	fmt.Fprintf(p.w, `<g role="row"><text role="columnheader" class="name" x="%d" y="%d">from \ to</text>`, x+cellPad, y+p.top-cellPad)
	at := x + p.left
	for j, c := range p.Columns {
		p.names(c.heading(), "columnheader", at+cellPad, y+cellPad+13)
		at += p.widths[j]
	}
	fmt.Fprintln(p.w, "</g>")
	top := y + p.top
	for i, r := range p.Rows {
		fmt.Fprint(p.w, `<g role="row">`)
		p.names(r.heading(), "rowheader", x+cellPad, top+cellPad+13)
		at := x + p.left
		for j := range p.Columns {
			p.cell(i, j, at+cellPad, top+cellPad)
			at += p.widths[j]
		}
		fmt.Fprintln(p.w, "</g>")
		top += p.heights[i]
	}
}

// grid draws the lines between rows and columns.
func (p *picture) grid(x, y, width, height int) {
	var d strings.Builder
	at := x
	for _, w := range append([]int{0, p.left}, p.widths...) {
		at += w
		fmt.Fprintf(&d, "M%d %dv%d", at, y, height)
	}
	at = y
	for _, h := range append([]int{0, p.top}, p.heights...) {
		at += h
		fmt.Fprintf(&d, "M%d %dh%d", x, at, width)
	}
	fmt.Fprintf(p.w, `<path class="grid" fill="none" d="%s"/>`+"\n", d.String())
}

func (p *picture) names(h heading, role string, x, y int) {
	fmt.Fprintf(p.w, `<g role="%s">`, role)
	for i, name := range h.Names {
		fmt.Fprintf(p.w, `<text class="name" x="%d" y="%d">%s</text>`, x, y+i*nameStep, esc(name))
	}
	if h.More != "" {
		fmt.Fprintf(p.w, `<text class="faint" x="%d" y="%d">%s</text>`, x, y+len(h.Names)*nameStep, esc(h.More))
	}
	fmt.Fprint(p.w, `</g>`)
}

func (p *picture) cell(i, j, x, y int) {
	cell := p.Cells[i][j]
	chips := p.chips(cell)
	var heard []string
	for _, c := range chips {
		heard = append(heard, c.Spoke)
	}
	label, sign := strings.Join(heard, "; "), ""
	switch {
	case cell.Self:
		label, sign = "itself", "–"
	case len(chips) == 0:
		label, sign = "nothing", "·"
	}
	fmt.Fprintf(p.w, `<g role="cell" aria-label="%s: %s">`, esc(p.ends(i, j)), esc(label))
	if sign != "" {
		fmt.Fprintf(p.w, `<text class="faint" x="%d" y="%d">%s</text>`, x, y+13, sign)
	}
	for k, line := range flow(chips, wideCell) {
		at := x
		for _, c := range line {
			at += p.drawChip(c, at, y+k*lineStep-2) + gap
		}
	}
	fmt.Fprintln(p.w, `</g>`)
}

// drawChip draws a chip and returns its width. Its title shows on hover.
func (p *picture) drawChip(c chip, x, y int) int {
	fmt.Fprintf(p.w, `<g class="chip %s" style="--h: %d">`, c.Class, c.Hue)
	if len(c.Tip) > 0 {
		fmt.Fprintf(p.w, `<title>%s</title>`, esc(strings.Join(c.Tip, "\n")))
	}
	fmt.Fprintf(p.w, `<rect x="%d" y="%d" width="%d" height="%d" rx="5"/><text x="%d" y="%d">%s</text></g>`,
		x, y, c.width(), lineStep-gap, x+chipPad/2, y+textSize+1, esc(c.Label))
	return c.width()
}

func esc(s string) string { return html.EscapeString(s) }
