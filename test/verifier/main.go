// Verifier checks a logbook folder without any code of the product: `verifier FOLDER VKEY...`. Signatures, tree and proofs
// are those of golang.org/x/mod/sumdb; the format is read here from its description (leaf, seal and commit lines).
// It checks every commit (signature, origin, size, root, seals), its consistency with the one before, the inclusion of
// every leaf under the last one, and that each published checkpoint is one of this tree. Of leaves that retention removed
// it has the right edge of their tree, under a signed root: all that is left grows out of it; what they said it cannot
// check. Exit code 0 = sound, 1 = not, with a message on stderr that names file and line. All leaf hashes are in memory.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A seal may name whose key it is made with; a blanked one keeps the digest of what it was, and its length.
var sealLine = regexp.MustCompile(`^\{"seal":(null,"was":)?"((?:a_[a-z2-7]{16}\.|system\.)?)([\w-]+)"( *)\}$`)

type log struct {
	origin string
	keys   note.Verifiers
	stored []tlog.Hash // in the order of tlog.StoredHashIndex
	leaves []tlog.Hash
	seals  []byte // digests of the seals since the last commit
	due    bool   // the next line must be a seal
	last   tlog.Tree
	cut    int64  // leaves that were removed
	record string // what a leaf must say of their record
	named  bool   // one does
}

// Where it is: file, and line where there are lines.
var place string

// want ends the program unless what must be so is so.
func want(ok bool, format string, args ...any) {
	if !ok {
		fmt.Fprintf(os.Stderr, "not sound: %s: %s\n", place, fmt.Sprintf(format, args...))
		os.Exit(1)
	}
}

func main() {
	want(len(os.Args) > 2, "usage: verifier FOLDER VKEY...")
	folder, l, keys := os.Args[1], &log{}, []note.Verifier{}
	for _, place = range os.Args[2:] {
		key, err := note.NewVerifier(place)
		want(err == nil, "no verifier key: %v", err)
		keys = append(keys, key)
	}
	l.origin, l.keys = keys[0].Name(), note.VerifierList(keys...)
	place = filepath.Join(folder, "pruned")
	if record, err := os.ReadFile(place); err == nil {
		l.removed(record)
	}
	segments, _ := filepath.Glob(filepath.Join(folder, "segments", "*.jsonl"))
	for _, place = range segments {
		name := fmt.Sprintf("%012d.jsonl", len(l.leaves))
		want(filepath.Base(place) == name, "should be %s", name)
		eachLine(place, l.line)
	}
	place = folder
	want(l.last.N > l.cut && !l.due && l.named, "no commit, no seal at the end, or no leaf that names what was removed")
	for i := l.cut; i < l.last.N; i++ {
		proof, _ := tlog.ProveRecord(l.last.N, i, l)
		err := tlog.CheckRecord(proof, l.last.N, l.last.Hash, i, l.leaves[i])
		want(err == nil, "inclusion of leaf %d: %v", i, err)
	}
	place = filepath.Join(folder, "checkpoint")
	if latest, _ := os.ReadFile(place); len(latest) > 0 { // a power cut may leave it empty
		l.open(string(latest))
	}
	place = filepath.Join(folder, "checkpoints.jsonl")
	if _, err := os.Stat(place); err == nil {
		eachLine(place, func(line string) { l.open(noteOf(line, "checkpoint")) })
	}
	fmt.Printf("sound: %s, %d leaves, %d of them signed, root %s\n", l.origin, len(l.leaves), l.last.N, l.last.Hash)
	if l.cut > 0 {
		fmt.Printf("the first %d were removed: they are under that root, what they said cannot be checked\n", l.cut)
	}
}

// eachLine visits the lines of a file, which must not end in the middle of one.
func eachLine(path string, visit func(string)) {
	data, err := os.ReadFile(path)
	want(err == nil, "%v", err)
	lines := strings.SplitAfter(string(data), "\n")
	for n, line := range lines[:len(lines)-1] {
		place = fmt.Sprintf("%s line %d", path, n+1)
		visit(strings.TrimSuffix(line, "\n"))
	}
	want(lines[len(lines)-1] == "", "the line behind it is torn")
}

// removed begins with the record of leaves that are gone: right edge of their tree, biggest part first, and commit.
func (l *log) removed(record []byte) {
	var cut struct {
		Segment, Commit string
		Size            int64
		Edge            [][]byte
	}
	json.Unmarshal(record, &cut)
	want(cut.Size > 0 && cut.Size < 1<<28, "no record of what was removed")
	l.cut, l.leaves, l.stored = cut.Size, make([]tlog.Hash, cut.Size), make([]tlog.Hash, tlog.StoredHashIndex(0, cut.Size))
	for level := 28; level >= 0; level-- {
		if cut.Size>>level&1 == 1 && len(cut.Edge) > 0 {
			copy(l.stored[tlog.StoredHashIndex(level, cut.Size>>level-1)][:], cut.Edge[0])
			cut.Edge = cut.Edge[1:]
		}
	}
	l.last, _ = l.open(cut.Commit)
	want(l.last.N == cut.Size, "its commit is of %d leaves, not of %d", l.last.N, cut.Size)
	l.record = fmt.Sprintf(`"target":"%s sha256:%x"`, cut.Segment, sha256.Sum256(record))
}

func (l *log) line(line string) {
	switch {
	case strings.HasPrefix(line, `{"leaf":`) && !l.due:
		hashes, _ := tlog.StoredHashes(int64(len(l.leaves)), []byte(line), l)
		l.stored = append(l.stored, hashes...)
		l.leaves = append(l.leaves, tlog.RecordHash([]byte(line)))
		l.named = l.named || strings.Contains(line, l.record)
		l.due = true
	case strings.HasPrefix(line, `{"seal":`) && l.due:
		l.due = false
		l.seal(line)
	default:
		want(!l.due, "not the seal of the leaf before: %.40q", line)
		l.commit(line)
	}
}

// seal adds the digest of a seal's text to what the next commit signs.
func (l *log) seal(line string) {
	parts := sealLine.FindStringSubmatch(line)
	want(parts != nil && (parts[1] != "" || parts[4] == ""), "not a seal: %.40q", line)
	digest := sha256.Sum256([]byte(parts[3]))
	if parts[1] != "" {
		was, err := base64.RawURLEncoding.Strict().DecodeString(parts[3])
		want(err == nil && len(was) == len(digest), "not the digest of a seal: %.80q", line)
		copy(digest[:], was)
	}
	if parts[2] != "" {
		digest = sha256.Sum256([]byte(parts[2] + base64.RawURLEncoding.EncodeToString(digest[:])))
	}
	l.seals = append(l.seals, digest[:]...)
}

func (l *log) commit(line string) {
	tree, opened := l.open(noteOf(line, "commit"))
	want(len(opened.UnverifiedSigs) == 0, "a commit with a signature of an unknown key")
	want(tree.N == int64(len(l.leaves)), "commit of %d leaves behind %d", tree.N, len(l.leaves))
	digest := sha256.Sum256(l.seals)
	want(strings.HasSuffix(opened.Text, "\nseals "+base64.StdEncoding.EncodeToString(digest[:])+"\n"), "a seal was changed")
	if l.last.N > 0 {
		proof, _ := tlog.ProveTree(tree.N, l.last.N, l)
		err := tlog.CheckTree(proof, tree.N, tree.Hash, l.last.N, l.last.Hash)
		want(err == nil, "consistency with the commit before: %v", err)
	}
	l.last, l.seals = tree, nil
}

// noteOf reads a note from its line of JSON, in its one spelling.
func noteOf(line, name string) string {
	start, end := `{"`+name+`":"`, `"}`
	text := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(line, start), end), `\n`, "\n")
	isOne := start+strings.ReplaceAll(text, "\n", `\n`)+end == line
	want(isOne && !strings.ContainsAny(text, `"\`), "not a note in its one spelling")
	return text
}

// open checks a note: signatures, origin, and root, of which nothing but the signature is left before the cut.
func (l *log) open(text string) (tlog.Tree, *note.Note) {
	opened, err := note.Open([]byte(text), l.keys)
	want(err == nil, "%v", err)
	lines := append(strings.SplitN(opened.Text, "\n", 4), "", "", "")
	// ParseTree wants the first line of Go's own log; size and root are spelled in the same way.
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
	want(err == nil && lines[0] == l.origin && tree.N <= int64(len(l.leaves)),
		"signed: %.80q; here: %d leaves of %s", opened.Text, len(l.leaves), l.origin)
	root, _ := tlog.TreeHash(max(tree.N, l.cut), l)
	want(tree.N < l.cut || root == tree.Hash, "root of %d leaves differs: a leaf was changed", tree.N)
	return tree, opened
}

// ReadHashes serves the proofs of tlog from memory.
func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for n, index := range indexes {
		hashes[n] = l.stored[index]
	}
	return hashes, nil
}
