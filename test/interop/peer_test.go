package interop

import (
	"encoding/json"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/needs"
)

// reading is what one side makes of a document: one of the texts.
type reading struct {
	NQuads    string
	Refused   string // why
	Undecided string // which bound it is beyond
	way       jsonld.Way
}

// peer is jsonld.js in a process of its own, which answers in the order it is asked in.
type peer struct {
	questions io.Writer
	answers   chan reading
}

// ahead is how many questions are asked before the first is answered.
const ahead = 64

func startPeer(t *testing.T) *peer {
	t.Helper()
	program, project := needs.NodeProject(t, "test/interop")
	dir := t.TempDir()
	writeJSON(t, dir, "contexts.json", documents(nil))
	cmd := exec.Command(program, filepath.Join(project, "canonize.mjs"), filepath.Join(dir, "contexts.json"))
	cmd.Stderr = os.Stderr
	questions, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &peer{questions, make(chan reading, ahead)}
	go p.listen(out)
	t.Cleanup(func() {
		questions.Close()
		for range p.answers { // to what was asked, of which a failed test has not heard all
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *peer) listen(out io.Reader) {
	defer close(p.answers)
	answers := json.NewDecoder(out)
	for {
		var r reading
		if answers.Decode(&r) != nil {
			return
		}
		p.answers <- r
	}
}

// each has both sides read documents, each on one line.
func (p *peer) each(t *testing.T, documents iter.Seq[[]byte], judge func(document []byte, ours, theirs reading)) {
	t.Helper()
	type asked struct {
		document []byte
		ours     reading
	}
	var waiting []asked
	hear := func() {
		theirs, ok := <-p.answers
		if !ok {
			t.Fatal("the peer has gone")
		}
		judge(waiting[0].document, waiting[0].ours, theirs)
		waiting = waiting[1:]
	}
	for document := range documents {
		if _, err := p.questions.Write(append(document, '\n')); err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, asked{document, ours(t, document)})
		if len(waiting) == ahead {
			hear()
		}
	}
	for len(waiting) > 0 {
		hear()
	}
}
