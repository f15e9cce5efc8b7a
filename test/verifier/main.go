// Verifier checks a logbook folder without any code of the product: `verifier FOLDER VKEY...`. Signatures, tree and proofs
// are those of golang.org/x/mod/sumdb; the format is read here from its description (leaf, seal and commit lines).
// It checks every commit (signature, origin, size, root, seals), its consistency with the one before, the inclusion of
// every leaf under the last one, and that each published checkpoint is one of this tree. Exit code 0 = sound, 1 = not,
// with a message on stderr that names file and line. All leaf hashes are kept in memory.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A seal may name whose key it is made with; a blanked one keeps the digest of what it was.
var (
	sealed = regexp.MustCompile(`^\{"seal":"((?:a_[a-z2-7]{16}\.|system\.)?)([A-Za-z0-9_-]+)"\}$`)
	erased = regexp.MustCompile(`^\{"seal":null,"was":"((?:a_[a-z2-7]{16}\.|system\.)?)([A-Za-z0-9_-]{43})" *\}$`)
)

type log struct {
	origin string
	keys   note.Verifiers
	stored []tlog.Hash // in the order of tlog.StoredHashIndex
	leaves []tlog.Hash
	seals  []byte // digests of the seals since the last commit
	due    bool   // the next line must be a seal
	last   tlog.Tree
}

func main() {
	l := &log{}
	if err := l.verify(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "not sound:", err)
		os.Exit(1)
	}
	fmt.Printf("sound: %s, %d leaves, %d of them signed, root %s\n", l.origin, len(l.leaves), l.last.N, l.last.Hash)
}

func (l *log) verify(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: verifier FOLDER VKEY...")
	}
	var keys []note.Verifier
	for _, vkey := range args[1:] {
		key, err := note.NewVerifier(vkey)
		if err != nil {
			return fmt.Errorf("key %q: %w", vkey, err)
		}
		keys = append(keys, key)
	}
	l.origin, l.keys = keys[0].Name(), note.VerifierList(keys...)
	segments, _ := filepath.Glob(filepath.Join(args[0], "segments", "*.jsonl"))
	for _, path := range segments {
		if want := fmt.Sprintf("%012d.jsonl", len(l.leaves)); filepath.Base(path) != want {
			return fmt.Errorf("%s: should be %s", path, want)
		}
		if err := eachLine(path, l.line); err != nil {
			return err
		}
	}
	if l.last.N == 0 || l.due {
		return errors.New("no commit is there, or the log ends between a leaf and its seal")
	}
	for i := range l.last.N {
		proof, _ := tlog.ProveRecord(l.last.N, i, l)
		if err := tlog.CheckRecord(proof, l.last.N, l.last.Hash, i, l.leaves[i]); err != nil {
			return fmt.Errorf("inclusion of leaf %d: %w", i, err)
		}
	}
	return l.published(args[0])
}

// eachLine visits the lines of a file, if it is there, which must not end in the middle of one.
func eachLine(path string, visit func(string) error) error {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines := strings.SplitAfter(string(data), "\n")
	for n, line := range lines[:len(lines)-1] {
		if err := visit(strings.TrimSuffix(line, "\n")); err != nil {
			return fmt.Errorf("%s line %d: %w", path, n+1, err)
		}
	}
	if lines[len(lines)-1] != "" {
		return fmt.Errorf("%s line %d is torn", path, len(lines))
	}
	return nil
}

func (l *log) line(line string) error {
	switch {
	case strings.HasPrefix(line, `{"leaf":`) && !l.due:
		hashes, err := tlog.StoredHashes(int64(len(l.leaves)), []byte(line), l)
		l.stored = append(l.stored, hashes...)
		l.leaves = append(l.leaves, tlog.RecordHash([]byte(line)))
		l.due = true
		return err
	case strings.HasPrefix(line, `{"seal":`) && l.due:
		l.due = false
		return l.seal(line)
	case !l.due:
		return l.commit(line)
	}
	return fmt.Errorf("not the seal of the leaf before: %.40q", line)
}

// seal adds the digest of a seal's text to what the next commit signs.
func (l *log) seal(line string) error {
	parts := erased.FindStringSubmatch(line)
	if parts == nil {
		if parts = sealed.FindStringSubmatch(line); parts == nil {
			return fmt.Errorf("not a seal: %.40q", line)
		}
		inner := sha256.Sum256([]byte(parts[2]))
		parts[2] = base64.RawURLEncoding.EncodeToString(inner[:])
	}
	digest, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if parts[1] != "" {
		outer := sha256.Sum256([]byte(parts[1] + parts[2]))
		digest = outer[:]
	}
	l.seals = append(l.seals, digest...)
	return err
}

func (l *log) commit(line string) error {
	tree, opened, err := l.open(line, `{"commit":"`)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(l.seals)
	switch {
	case len(opened.UnverifiedSigs) > 0:
		return errors.New("a commit with a signature of an unknown key")
	case tree.N != int64(len(l.leaves)):
		return fmt.Errorf("commit of %d leaves behind %d", tree.N, len(l.leaves))
	case !strings.HasSuffix(opened.Text, "\nseals "+base64.StdEncoding.EncodeToString(digest[:])+"\n"):
		return errors.New("a seal since the last commit was changed")
	}
	if l.last.N > 0 {
		proof, _ := tlog.ProveTree(tree.N, l.last.N, l)
		err = tlog.CheckTree(proof, tree.N, tree.Hash, l.last.N, l.last.Hash)
	}
	l.last, l.seals = tree, nil
	return err
}

// open reads a note from its line of JSON, in its one spelling, and checks signatures, origin and root.
func (l *log) open(line, start string) (tree tlog.Tree, opened *note.Note, err error) {
	text := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(line, start), `"}`), `\n`, "\n")
	if start+strings.ReplaceAll(text, "\n", `\n`)+`"}` != line || strings.ContainsAny(text, `"\`) {
		return tree, nil, errors.New("not a note in its one spelling")
	}
	if opened, err = note.Open([]byte(text), l.keys); err != nil {
		return tree, nil, err
	}
	lines := append(strings.SplitN(opened.Text, "\n", 4), "", "", "")
	// ParseTree wants the first line of Go's own log; size and root are spelled in the same way.
	tree, err = tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
	if err != nil || lines[0] != l.origin || tree.N > int64(len(l.leaves)) {
		return tree, nil, fmt.Errorf("signed: %.80q; here: %d leaves of %s", opened.Text, len(l.leaves), l.origin)
	}
	if root, err := tlog.TreeHash(tree.N, l); err != nil || root != tree.Hash {
		return tree, nil, fmt.Errorf("root of %d leaves differs: a leaf was changed", tree.N)
	}
	return tree, opened, nil
}

// published checks `checkpoints.jsonl` and `checkpoint`, where they are there; a power cut may leave the latter empty.
func (l *log) published(folder string) error {
	check := func(line string) error {
		_, _, err := l.open(line, `{"checkpoint":"`)
		return err
	}
	if latest, _ := os.ReadFile(filepath.Join(folder, "checkpoint")); len(latest) > 0 {
		if err := check(`{"checkpoint":"` + strings.ReplaceAll(string(latest), "\n", `\n`) + `"}`); err != nil {
			return fmt.Errorf("published checkpoint: %w", err)
		}
	}
	return eachLine(filepath.Join(folder, "checkpoints.jsonl"), check)
}

// ReadHashes serves the proofs of tlog from memory.
func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, l.stored[index])
	}
	return hashes, nil
}
