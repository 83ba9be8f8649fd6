#!/bin/sh
# usage: test_culture_graph.sh LOLIGO
# culture graph: its four files, read again by other people's programs (shapely, networkx) beside the CSV files.
set -eu
loligo=$1
. "$(dirname "$0")/lib.sh"
cd "$work"
cat >params.json <<'J'
{"size": 140, "frames": 16, "ncell": 20, "seed": 5}
J
expect 0 "" "$loligo" culture simulate params.json -o truth --quiet --no-movie
expect 0 "" "$loligo" culture graph truth/masks.tif -o exact --quiet --least-area 50
expect 0 "" "$loligo" culture graph truth/masks.tif -o smooth --quiet --least-area 50 --simplify 1.5
for file in cells.csv edges.csv cells.geojson graph.graphml; do
  [ -s exact/$file ] || fail "$file is missing"
done
grep -v '^#' exact/cells.csv >a && grep -v '^#' smooth/cells.csv >b
cmp -s a b || fail "simplified polygons changed cells.csv"

# the same bytes again, but for times and places
expect 0 "" "$loligo" culture graph truth/masks.tif -o again --quiet --least-area 50 --threads 1
sed '/"provenance"/,$d' exact/cells.geojson >a && sed '/"provenance"/,$d' again/cells.geojson >b
cmp -s a b || fail "cells.geojson differs from run to run"

expect 3 "no TIFF" "$loligo" culture graph params.json -o no
one_line
[ ! -e no/cells.geojson ] || fail "a refused run left cells.geojson"
expect 2 "0 to 100 px" "$loligo" culture graph truth/masks.tif -o no --simplify -1

if /usr/bin/python3 -c 'import shapely, networkx' 2>/dev/null; then
  /usr/bin/python3 - exact smooth <<'P' || fail "shapely or networkx disagree"
import csv, json, sys
import networkx
from shapely.geometry import shape

def rows(name):
    return list(csv.DictReader(line for line in open(name) if not line.startswith('#')))

exact, smooth = sys.argv[1:]
cells, edges = rows(exact + '/cells.csv'), rows(exact + '/edges.csv')
features = json.load(open(exact + '/cells.geojson'))['features']
assert len(cells) == len(features) > 10 and len(edges) > 10
polygon = {}
for cell, feature in zip(cells, features):
    p = shape(feature['geometry'])
    polygon[cell['id']] = p
    assert p.is_valid and p.exterior.is_ccw
    assert feature['id'] == feature['properties']['id'] == int(cell['id'])
    assert p.area == float(cell['area_px']) == feature['properties']['area_px']
    assert abs(p.centroid.x - 0.5 - float(cell['cx'])) < 1e-9 and abs(p.centroid.y - 0.5 - float(cell['cy'])) < 1e-9
    assert abs(p.area / p.convex_hull.area - feature['properties']['solidity']) < 1e-12
for edge in edges:
    assert polygon[edge['i']].intersection(polygon[edge['j']]).length == float(edge['l_crack_px'])
graph = networkx.read_graphml(exact + '/graph.graphml')
assert not graph.is_directed() and len(graph) == len(cells) and graph.number_of_edges() == len(edges)
name = {str(int(data['id'])): node for node, data in graph.nodes(data=True)}
for cell in cells:
    data = graph.nodes[name[cell['id']]]
    assert data['area_px'] == float(cell['area_px']) and data['is_border'] == (cell['is_border'] == '1')
    assert data['degree'] == graph.degree(name[cell['id']]) == int(cell['degree'])
for edge in edges:
    data = graph.edges[name[edge['i']], name[edge['j']]]
    assert data['l_crack_px'] == float(edge['l_crack_px'])
    assert abs(data['u_centroid_dist_px'] - float(edge['u_centroid_dist_px'])) < 1e-9
assert json.loads(graph.graph['provenance'])
total = 0.0
for feature in json.load(open(smooth + '/cells.geojson'))['features']:
    p = shape(feature['geometry'])
    assert p.is_valid and p.length < polygon[str(feature['id'])].length
    for other in feature['properties']['neighbours']:
        assert str(other) in polygon
    total += p.area
assert abs(total - sum(p.area for p in polygon.values())) < 200.0
P
else
  echo "SKIP: python3-shapely and python3-networkx are missing: cells.geojson and graph.graphml were not read by others" >&2
fi
finish
echo "culture graph: ok"
