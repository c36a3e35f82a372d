package rdfc

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"slices"
	"strconv"
	"sync"
)

// ErrBudget says that a dataset is too large or too symmetric to be canonicalized within
// the budget (RDFC-1.0 §7.1, dataset poisoning). Nothing was shown about its content.
var ErrBudget = errors.New("the statements are too many or too symmetric to be put in canonical order")

// Budget bounds canonicalizations; each takes off what it uses.
type Budget struct {
	Quads int // statements; a long one counts for several: see weight
	Steps int // work of the N-degree hash: statements looked at, orders tried, labels given
}

// Default is enough for every credential seen in the wild, and several times what the
// RDFC-1.0 suite needs.
var Default = Budget{Quads: 100_000, Steps: 60_000}

// Canonical is the outcome of a canonicalization.
type Canonical struct {
	NQuads []byte  // the canonical N-Quads document
	Labels []int32 // by the number of a blank node: N of its canonical label _:c14nN; -1: it is in no statement
}

// Canonicalize runs RDFC-1.0 §4.4 with SHA-256 or SHA-384. Its error is ErrBudget or the
// context's.
func Canonicalize(ctx context.Context, d *Dataset, hash crypto.Hash, budget *Budget) (Canonical, error) {
	w := works[hash].Get().(*work)
	defer w.put(works[hash])
	if err := w.canonicalize(ctx, d, budget); err != nil {
		return Canonical{}, err
	}
	return Canonical{NQuads: bytes.Clone(w.text), Labels: slices.Clone(w.labels)}, nil
}

// AppendDigest appends the hash of the canonical N-Quads document, with the hash that
// Canonicalize would run with, to what is given.
func AppendDigest(ctx context.Context, out []byte, d *Dataset, hash crypto.Hash, budget *Budget) ([]byte, error) {
	w := works[hash].Get().(*work)
	defer w.put(works[hash])
	if err := w.canonicalize(ctx, d, budget); err != nil {
		return nil, err
	}
	sum := digestOf(w.size, w.text)
	return append(out, sum[:w.size]...), nil
}

// works are what canonicalizations work with, to be used again.
var works = func() map[crypto.Hash]*sync.Pool {
	pools := map[crypto.Hash]*sync.Pool{}
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384} {
		pools[h] = &sync.Pool{New: func() any { return &work{size: h.Size()} }}
	}
	return pools
}()

// maxKept bounds what a work holds on to for the next canonicalization.
const maxKept = 1 << 20

func (w *work) put(pool *sync.Pool) {
	w.dataset, w.ctx, w.budget = nil, nil, nil
	if cap(w.text)+cap(w.lines) < maxKept && len(w.frames) < maxKept/1024 {
		pool.Put(w)
	}
}

// digest is a hash; of SHA-256 only the first half is used.
type digest [48]byte

// span is a line within a buffer, and the statement that it stands for.
type span struct{ begin, end, quad int32 }

// work is one canonicalization.
type work struct {
	ctx     context.Context
	dataset *Dataset
	budget  *Budget
	size    int // of a hash in bytes, which tells SHA-256 from SHA-384

	// mentions are the statements of each blank node, its own from begin[blank] to
	// begin[blank+1].
	mentions, begin []int32
	first           []digest // of each blank node (§4.6)
	order           []int32  // the blank nodes by their first-degree hashes
	labels          []int32  // the canonical label of each blank node; -1: none yet
	next            int32    // the canonical label to be given next

	temporary issuer
	frames    []*frame

	lines []byte // not yet in order
	rests []span // by statement: its line in lines behind a blank subject; none: it is not written yet, or has other blank nodes
	spans []span
	runs  []run
	group []span
	text  []byte // in order
}

func (w *work) canonicalize(ctx context.Context, d *Dataset, budget *Budget) error {
	weight := d.weight()
	if weight > budget.Quads {
		return ErrBudget
	}
	budget.Quads -= weight
	w.ctx, w.dataset, w.budget = ctx, d, budget
	w.mention()
	w.firstDegree()
	if err := w.label(); err != nil {
		return err
	}
	w.serialize()
	return nil
}

// common is a length of statements in bytes that few exceed.
const common = 256

// weight is how many statements of common length the dataset is worth. A document says an IRI
// once and makes many statements about it, each of which is written with all of it.
func (d *Dataset) weight() int {
	weight := len(d.Quads)
	for i := range d.Quads {
		q := &d.Quads[i]
		weight += (len(q.Subject.IRI) + len(q.Predicate) + len(q.Object.IRI) + len(q.Object.Lexical) + len(q.Object.Close) + len(q.Graph.IRI)) / common
	}
	return weight
}

// digestOf hashes with the hash of a size, SHA-256 or SHA-384.
func digestOf(size int, text []byte) (d digest) {
	if size == sha512.Size384 {
		return sha512.Sum384(text)
	}
	half := sha256.Sum256(text)
	copy(d[:], half[:])
	return d
}

// resized returns a slice of n zero elements in the memory of s, if it is large enough.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	s = s[:n]
	clear(s)
	return s
}

// blanksOf returns the blank nodes of a statement, each once: of its subject, its object and its
// graph; 0: there is none in that place.
func blanksOf(q *Quad) [3]int32 {
	subject, object, graph := q.Subject.Blank, q.Object.Blank, q.Graph.Blank
	if object == subject {
		object = 0
	}
	if graph == subject || graph == object {
		graph = 0
	}
	return [...]int32{subject, object, graph}
}

// mention notes which statements mention each blank node (§4.4.3 step 2).
func (w *work) mention() {
	quads, count := w.dataset.Quads, int(w.dataset.Blanks)
	w.begin = resized(w.begin, count+2)
	for i := range quads {
		for _, b := range blanksOf(&quads[i]) {
			if b != 0 {
				w.begin[b+1]++
			}
		}
	}
	for b := 1; b < len(w.begin); b++ {
		w.begin[b] += w.begin[b-1]
	}
	// begin[b+1] is the end of b's now, and begin[b] its beginning.
	w.mentions = resized(w.mentions, int(w.begin[count+1]))
	w.order = append(w.order[:0], w.begin...)
	for i := range quads {
		for _, b := range blanksOf(&quads[i]) {
			if b != 0 {
				w.mentions[w.order[b]] = int32(i)
				w.order[b]++
			}
		}
	}
}

func (w *work) mentionsOf(b int32) []int32 { return w.mentions[w.begin[b]:w.begin[b+1]] }

// firstDegree hashes every blank node by the statements around it (§4.6), and puts them in
// the order of their hashes. A statement that is made twice is mentioned once from here on.
// One that is the only blank node needs no hash to be the first.
func (w *work) firstDegree() {
	w.first = resized(w.first, int(w.dataset.Blanks)+1)
	w.rests = resized(w.rests, len(w.dataset.Quads))
	w.order, w.lines = w.order[:0], w.lines[:0]
	for b := int32(1); b <= w.dataset.Blanks; b++ {
		if len(w.mentionsOf(b)) > 0 { // else it is in no statement, so not in the dataset
			w.order = append(w.order, b)
		}
	}
	if len(w.order) == 1 {
		return
	}
	w.lines = slices.Grow(w.lines, typicalLine*len(w.dataset.Quads)) // or it would be copied as it doubles
	for _, b := range w.order {
		w.spans = w.spans[:0]
		for _, quad := range w.mentionsOf(b) {
			begin, q := len(w.lines), &w.dataset.Quads[quad]
			w.lines = appendQuad(w.lines, q, aside(b))
			w.spans = append(w.spans, span{int32(begin), int32(len(w.lines)), quad})
			if q.Subject.Blank == b && q.Object.Blank == 0 && q.Graph.Blank == 0 {
				w.rests[quad] = span{begin: int32(begin + len("_:a")), end: int32(len(w.lines))}
			}
		}
		if len(w.spans) > 1 {
			w.distinct(b)
		}
		w.text = w.text[:0]
		for _, s := range w.spans {
			w.text = append(w.text, w.at(s)...)
		}
		w.first[b] = digestOf(w.size, w.text)
	}
	slices.SortFunc(w.order, func(a, b int32) int {
		return cmp.Or(bytes.Compare(w.first[a][:], w.first[b][:]), cmp.Compare(a, b))
	})
}

// typicalLine is how many bytes a statement of a badge takes, roughly.
const typicalLine = 160

// aside calls the blank node that it is a, and all others z (§4.6).
type aside int32

func (b aside) appendLabel(out []byte, other int32) []byte {
	if other == int32(b) {
		return append(out, 'a')
	}
	return append(out, 'z')
}

// issued calls blank nodes by their canonical labels.
type issued []int32

func (labels issued) appendLabel(out []byte, b int32) []byte {
	return strconv.AppendInt(append(out, "c14n"...), int64(labels[b]), 10)
}

// distinct puts the lines of a blank node in order and drops those, and the mentions, of
// statements that were made before: whose lines and blank nodes are the same.
func (w *work) distinct(b int32) {
	slices.SortFunc(w.spans, func(x, y span) int {
		if c := bytes.Compare(w.at(x), w.at(y)); c != 0 {
			return c
		}
		p, q := &w.dataset.Quads[x.quad], &w.dataset.Quads[y.quad]
		return cmp.Or(cmp.Compare(p.Subject.Blank, q.Subject.Blank), cmp.Compare(p.Object.Blank, q.Object.Blank), cmp.Compare(p.Graph.Blank, q.Graph.Blank))
	})
	w.spans = slices.CompactFunc(w.spans, func(x, y span) bool {
		p, q := &w.dataset.Quads[x.quad], &w.dataset.Quads[y.quad]
		return p.Subject.Blank == q.Subject.Blank && p.Object.Blank == q.Object.Blank && p.Graph.Blank == q.Graph.Blank &&
			bytes.Equal(w.at(x), w.at(y))
	})
	mentions := w.mentionsOf(b)
	for i, s := range w.spans {
		mentions[i] = s.quad
	}
	for i := len(w.spans); i < len(mentions); i++ {
		mentions[i] = -1
	}
}

// label gives every blank node its canonical label: first those that their hash alone tells
// from the others, then the rest (§4.4.3 steps 4 and 5).
func (w *work) label() error {
	w.labels = resized(w.labels, int(w.dataset.Blanks)+1)
	for i := range w.labels {
		w.labels[i] = -1
	}
	w.next = 0
	shared := false
	for group := range w.groups() {
		if len(group) == 1 {
			w.issue(group[0])
		} else {
			shared = true
		}
	}
	if !shared {
		return nil
	}
	w.temporary.reset(int(w.dataset.Blanks) + 1)
	for group := range w.groups() {
		if len(group) > 1 {
			if err := w.labelGroup(group); err != nil {
				return err
			}
		}
	}
	return nil
}

// groups returns the blank nodes that share a first-degree hash, in the order of the hashes.
func (w *work) groups() func(yield func([]int32) bool) {
	return func(yield func([]int32) bool) {
		for begin := 0; begin < len(w.order); {
			end := begin + 1
			for end < len(w.order) && w.first[w.order[begin]] == w.first[w.order[end]] {
				end++
			}
			if !yield(w.order[begin:end]) {
				return
			}
			begin = end
		}
	}
}

func (w *work) issue(b int32) {
	if w.labels[b] < 0 {
		w.labels[b] = w.next
		w.next++
	}
}

// serialize writes the statements with canonical labels, in order and once each: those about
// IRIs, and then those about blank nodes, since "<" comes before "_".
func (w *work) serialize() {
	w.text = w.text[:0]
	w.aboutIRIs()
	for b, label := range w.labels {
		if label >= 0 {
			w.order[label] = int32(b)
		}
	}
	label := int32(0)
	for range w.order {
		w.aboutBlank(w.order[label])
		label = following(label, w.next)
	}
}

// following returns the label after another in the order of their texts, of those below count:
// 10 comes after 1 and before 2.
func following(label, count int32) int32 {
	if label > 0 && label*10 < count {
		return label * 10
	}
	if label == count-1 {
		label /= 10
	}
	for label++; label%10 == 0; {
		label /= 10
	}
	return label
}

// aboutBlank writes the statements about a blank node. They are mentioned in the order of their
// first-degree lines, which is nearly that of the canonical ones.
func (w *work) aboutBlank(b int32) {
	w.group = w.group[:0]
	for _, i := range w.mentionsOf(b) {
		if i < 0 {
			break
		}
		if w.dataset.Quads[i].Subject.Blank == b {
			w.group = append(w.group, w.line(i))
		}
	}
	w.write()
}

// line writes a statement with canonical labels behind the others.
func (w *work) line(quad int32) span {
	begin, q := len(w.lines), &w.dataset.Quads[quad]
	if rest := w.rests[quad]; rest.end > 0 {
		w.lines = issued(w.labels).appendLabel(append(w.lines, "_:"...), q.Subject.Blank)
		w.lines = append(w.lines, w.at(rest)...)
	} else {
		w.lines = appendQuad(w.lines, q, issued(w.labels))
	}
	return span{int32(begin), int32(len(w.lines)), quad}
}

// aboutIRIs writes the statements about IRIs. Lines about one subject begin alike, so the
// subjects are put in order first, and then the lines of each.
func (w *work) aboutIRIs() {
	w.spans, w.runs = w.spans[:0], w.runs[:0]
	subject := "" // of the last run
	for i := range w.dataset.Quads {
		q := &w.dataset.Quads[i]
		if q.Subject.Blank != 0 {
			continue
		}
		line := w.line(int32(i))
		if q.Subject.IRI != subject {
			subject = q.Subject.IRI
			w.runs = append(w.runs, run{subject: span{begin: line.begin, end: line.begin + int32(len("<> ")+len(subject))}, first: int32(len(w.spans))})
		}
		w.spans = append(w.spans, line)
		w.runs[len(w.runs)-1].end = int32(len(w.spans))
	}
	slices.SortFunc(w.runs, func(x, y run) int { return bytes.Compare(w.at(x.subject), w.at(y.subject)) })
	for first := 0; first < len(w.runs); {
		end := first
		w.group = w.group[:0]
		for end < len(w.runs) && bytes.Equal(w.at(w.runs[first].subject), w.at(w.runs[end].subject)) {
			w.group = append(w.group, w.spans[w.runs[end].first:w.runs[end].end]...)
			end++
		}
		w.write()
		first = end
	}
}

// run are statements about one subject, one after the other in the dataset; subject is what
// their lines begin with, and the blank that ends it.
type run struct {
	subject    span
	first, end int32 // of spans
}

func (w *work) at(s span) []byte { return w.lines[s.begin:s.end] }

// write appends the lines of the group, all those about one subject, in order.
func (w *work) write() {
	slices.SortFunc(w.group, func(x, y span) int { return bytes.Compare(w.at(x), w.at(y)) })
	var last []byte
	for _, s := range w.group {
		if line := w.at(s); !bytes.Equal(line, last) {
			w.text = append(w.text, line...)
			last = line
		}
	}
}
