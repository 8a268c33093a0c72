package chart

import (
	"html/template"
	"io"
)

// page is one file that needs nothing else: no script, no font, no picture.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Who reaches whom in {{.Fleet}}</title>
<style>
:root { --page: #fff; --ink: #1b1f24; --faint: #59636e; --line: #d1d9e0; --head: #f3f5f7; --chip: 55% 90%; --edge: 45% 42%; --word: 60% 18%; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1216; --ink: #e6e9ed; --faint: #9ca6b1; --line: #343b44; --head: #191e24; --chip: 35% 20%; --edge: 45% 55%; --word: 60% 88%; }
}
* { box-sizing: border-box; }
body { margin: 2rem; background: var(--page); color: var(--ink); font: 1rem/1.4 system-ui, sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; font-weight: 600; }
p { margin: 0 0 1.25rem; color: var(--faint); }
@media (max-width: 60rem) { .scroll { overflow-x: auto; } }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .5rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--head); font-weight: 600; }
thead th { vertical-align: bottom; }
th span { display: block; white-space: nowrap; }
th .more { font-weight: 400; color: var(--faint); }
td { min-width: 9rem; max-width: 22rem; }
td.closed, td.self { color: var(--faint); }
ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; align-items: center; gap: .35rem; }
.chip { position: relative; padding: .1rem .5rem; border: 1px solid hsl(var(--h) var(--edge)); border-radius: .35rem; background: hsl(var(--h) var(--chip)); color: hsl(var(--h) var(--word)); font: .85rem/1.5 ui-monospace, monospace; cursor: default; }
.lan { border-style: dashed; }
.container { border-style: dotted; }
.wan, .tunnel { border-width: 3px; }
.tunnel { border-style: dashed; }
.any { background: var(--ink); color: var(--page); border-color: var(--ink); }
.any.wan, .any.lan { background: var(--page); color: var(--ink); }
.tip { position: absolute; z-index: 1; left: 0; top: calc(100% + .35rem); width: max-content; max-width: 30rem; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: .35rem; background: var(--page); color: var(--ink); font: .85rem/1.45 system-ui, sans-serif; box-shadow: 0 .3rem 1rem rgb(0 0 0 / .25); }
.chip:not(:hover, :focus) .tip { width: 1px; height: 1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); }
.tip b { display: block; }
.tip i { display: block; font-style: normal; overflow-wrap: anywhere; }
td:last-child .tip { left: auto; right: 0; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
.legend { gap: .5rem 1.2rem; max-width: 70rem; }
.legend .chip { margin-right: .35rem; }
@media print { body { margin: 0; } .tip { display: none; } .chip, th { print-color-adjust: exact; } }
</style>
</head>
<body>
<main>
<h1>Who reaches whom in {{.Fleet}}</h1>
<p>Rows send, columns receive. What is not named is closed. Point at a service, or tab to it, to see its path.</p>
<div class="scroll" role="region" aria-label="Who reaches whom" tabindex="0">
<table>
<caption class="heard">Services that get through from the member of the row to the member of the column</caption>
<thead>
<tr><th scope="col">from \ to</th>{{range .Columns}}<th scope="col">{{template "names" .}}</th>{{end}}</tr>
</thead>
<tbody>
{{range .Rows}}<tr><th scope="row">{{template "names" .Line}}</th>
{{range .Cells}}{{if .Self}}<td class="self"><span aria-hidden="true">–</span><span class="heard">itself</span></td>
{{else if .Chips}}<td><ul>{{range .Chips}}<li class="chip {{.Class}}" style="--h: {{.Hue}}" tabindex="0">{{.Label}}<span class="tip">{{range $i, $t := .Tip}}{{if $i}}<i>{{$t}}</i>{{else}}<b>{{$t}}</b>{{end}}{{end}}</span></li>{{end}}</ul></td>
{{else}}<td class="closed"><span aria-hidden="true">·</span><span class="heard">nothing</span></td>
{{end}}{{end}}</tr>
{{end}}</tbody>
</table>
</div>
<h2>Services</h2>
<ul class="legend">{{range .Services}}<li><span class="chip {{.Class}}" style="--h: {{.Hue}}">{{.Label}}</span></li>{{end}}</ul>
<h2>Ways</h2>
<ul class="legend">{{range .Ways}}<li><span class="chip {{.Class}}" style="--h: 210">service</span>{{.Label}}</li>{{end}}</ul>
</main>
</body>
</html>
{{define "names"}}{{range .Names}}<span>{{.}}</span>{{end}}{{if .More}}<span class="more">{{.More}}</span>{{end}}{{end}}`

// heading is a row's or column's head: its first names, and how many more.
type heading struct {
	Names []string
	More  string
}

func (l Line) heading() heading {
	h := heading{Names: l.Titles}
	if lines := wrap(l.Titles, "", 5); len(l.Titles) > 6 {
		h.Names, h.More = l.Titles[:5], lines[len(lines)-1]
	}
	return h
}

// writeHTML writes a page that stands for itself.
func writeHTML(w io.Writer, c *Chart) error {
	type cell struct {
		Self  bool
		Chips []chip
	}
	type row struct {
		Line  heading
		Cells []cell
	}
	data := struct {
		Fleet    string
		Columns  []heading
		Rows     []row
		Services []chip
		Ways     []way
	}{Fleet: c.Fleet, Services: c.legend(), Ways: c.ways()}
	for _, column := range c.Columns {
		data.Columns = append(data.Columns, column.heading())
	}
	for i, line := range c.Rows {
		r := row{Line: line.heading()}
		for j := range c.Columns {
			r.Cells = append(r.Cells, cell{c.Cells[i][j].Self, c.chips(c.Cells[i][j])})
		}
		data.Rows = append(data.Rows, r)
	}
	t, err := template.New("page").Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, data)
}

// legend is a chip for each service.
func (c *Chart) legend() []chip {
	var list []chip
	for _, s := range c.Services {
		x := chip{Label: s, Class: "tailnet", Hue: c.hue(s)}
		if s == "any" {
			x.Class += " any"
			x.Label = "any: every port"
		}
		list = append(list, x)
	}
	return list
}
