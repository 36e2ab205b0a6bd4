// Composes Vosk's lookahead graph (HCLr.fst ∘ Gr.fst) into one static HCLG.fst, once, at set-up.
//
// Why: with the lookahead pair every recognizer composes while it decodes, from a cold cache of its own: five times the
// CPU for short utterances and 150 MB for each stream. The composed graph is read-only and shared by all recognizers.
//
// With --domain a company's own language model (see asr/language_model.py) is joined to the grammar before composing:
//
//        Gr's start ── enter-start ──▶ domain's start
//        Gr's empty history ── enter ──▶ domain's entry ── word ──▶ a domain history ── back-off ──▶ domain's empty history
//        Gr's empty history ◀── leave ──────────────────────────────────────────────────────────── domain's empty history
//
// The entry is a copy of the domain's empty history that cannot be left without a word: an epsilon cycle through both grammars
// would make Kaldi's lattices cyclic, which its determinization refuses in the middle of somebody's sentence.
//
// A domain word outside the vocabulary is spoken as the known words of its "sounds like" entry: the first of them writes
// the new word, the others write <+>, which the reader of the result joins to the word before.
//
// Source: Allauzen, Riley, Schalkwyk: "A generalized composition algorithm for weighted finite-state transducers" (2009).
#include <fst/extensions/ngram/ngram-fst.h>
#include <fst/fstlib.h>

#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using fst::StdArc;
using fst::StdFst;
using fst::StdVectorFst;
using Options = std::map<std::string, std::string>;

constexpr const char *kContinuation = "<+>";
// A domain file names its states itself; these two are fixed.
constexpr int kDomainEmptyHistory = 0;
constexpr int kDomainStart = 1;
// Not in the file: made here.
constexpr int kDomainEntry = -1;

[[noreturn]] void Fail(const std::string &what) { throw std::runtime_error(what); }

Options ParseOptions(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (name.rfind("--", 0) != 0 || i + 1 >= argc) Fail("expected --name value, got: " + name);
    options[name.substr(2)] = argv[i + 1];
  }
  for (const char *needed : {"graph", "out", "words"})
    if (options.count(needed) == 0) Fail(std::string("missing --") + needed);
  return options;
}

double Number(const Options &options, const std::string &name, double otherwise) {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : std::stod(found->second);
}

std::unique_ptr<StdFst> Load(const std::string &path) {
  std::unique_ptr<StdFst> graph(StdFst::Read(path));
  if (!graph) Fail("cannot read " + path + " (are OpenFst's plug-ins on LD_LIBRARY_PATH?)");
  return graph;
}

std::set<int> LoadIntegers(const std::string &path) {
  std::ifstream in(path);
  if (!in) Fail("cannot read " + path);
  std::set<int> numbers;
  for (int number; in >> number;) numbers.insert(number);
  return numbers;
}

std::vector<std::string> Split(const std::string &line) {
  std::istringstream in(line);
  std::vector<std::string> fields;
  for (std::string field; in >> field;) fields.push_back(field);
  return fields;
}

// "patchbay patch bay": a word, then the known words that it sounds like.
std::map<std::string, std::vector<std::string>> LoadSoundsLike(const std::string &path) {
  std::map<std::string, std::vector<std::string>> entries;
  if (path.empty()) return entries;
  std::ifstream in(path);
  if (!in) Fail("cannot read " + path);
  for (std::string line; std::getline(in, line);) {
    auto fields = Split(line);
    if (fields.size() < 2) continue;
    entries[fields[0]] = {fields.begin() + 1, fields.end()};
  }
  return entries;
}

// Adds the states and arcs of a domain model, given in words, to the grammar.
class DomainJoiner {
 public:
  DomainJoiner(StdVectorFst *grammar, fst::SymbolTable *words, std::map<std::string, std::vector<std::string>> sounds_like)
      : grammar_(grammar), words_(words), sounds_like_(std::move(sounds_like)) {
    empty_history_ = EmptyHistory();
  }

  void Join(const std::string &path, double enter_cost, double enter_start_cost, double leave_cost) {
    std::ifstream in(path);
    if (!in) Fail("cannot read " + path);
    for (std::string line; std::getline(in, line);) AddLine(Split(line));
    AddEpsilon(empty_history_, State(kDomainEntry), enter_cost);
    AddEpsilon(grammar_->Start(), State(kDomainStart), enter_start_cost);
    AddEpsilon(State(kDomainEmptyHistory), empty_history_, leave_cost);
    std::cerr << "domain: " << arcs_ << " arcs, " << states_.size() << " states, " << unknown_ << " arcs with unknown words left out\n";
  }

 private:
  // Where the start state's back-off arcs end: the state without history.
  int EmptyHistory() const {
    int state = grammar_->Start();
    for (;;) {
      fst::ArcIterator<StdVectorFst> arcs(*grammar_, state);
      if (arcs.Done() || arcs.Value().ilabel != 0) return state;
      state = arcs.Value().nextstate;
    }
  }

  int State(int name) {
    const auto found = states_.find(name);
    if (found != states_.end()) return found->second;
    return states_[name] = grammar_->AddState();
  }

  void AddEpsilon(int from, int to, double cost) { grammar_->AddArc(from, StdArc(0, 0, cost, to)); }

  // "from to word cost" is an arc, "state cost" a final cost.
  void AddLine(const std::vector<std::string> &fields) {
    if (fields.empty()) return;
    if (fields.size() == 2) return grammar_->SetFinal(State(std::stoi(fields[0])), std::stof(fields[1]));
    if (fields.size() != 4) Fail("a line of a domain model has 2 or 4 fields");
    const int from = std::stoi(fields[0]);
    const int to = State(std::stoi(fields[1]));
    AddWord(State(from), to, fields[2], std::stof(fields[3]));
    if (from == kDomainEmptyHistory) AddWord(State(kDomainEntry), to, fields[2], std::stof(fields[3]));
    ++arcs_;
  }

  void AddWord(int from, int to, const std::string &word, float cost) {
    if (word == "<eps>") return AddEpsilon(from, to, cost);
    const auto other = sounds_like_.find(word);
    if (other != sounds_like_.end()) return AddSpokenAs(from, to, word, other->second, cost);
    const auto label = words_->Find(word);
    if (label == fst::kNoSymbol) {
      ++unknown_;
      return;
    }
    grammar_->AddArc(from, StdArc(label, label, cost, to));
  }

  void AddSpokenAs(int from, int to, const std::string &word, const std::vector<std::string> &spoken, float cost) {
    for (const auto &part : spoken)
      if (words_->Find(part) == fst::kNoSymbol) Fail("\"" + word + "\" sounds like the unknown word \"" + part + "\"");
    for (size_t i = 0; i < spoken.size(); ++i) {
      const int next = i + 1 == spoken.size() ? to : grammar_->AddState();
      const auto written = words_->AddSymbol(i == 0 ? word : kContinuation);
      grammar_->AddArc(from, StdArc(words_->Find(spoken[i]), written, i == 0 ? cost : 0.0F, next));
      from = next;
    }
  }

  StdVectorFst *grammar_;
  fst::SymbolTable *words_;
  std::map<std::string, std::vector<std::string>> sounds_like_;
  std::unordered_map<int, int> states_;
  int empty_history_ = 0;
  long arcs_ = 0;
  long unknown_ = 0;
};

std::string OptionOr(const Options &options, const std::string &name) {
  const auto found = options.find(name);
  return found == options.end() ? "" : found->second;
}

void WriteWords(const fst::SymbolTable &words, const std::string &path) {
  std::ofstream out(path);
  for (const auto &word : words) out << word.Symbol() << ' ' << word.Label() << '\n';
  if (!out.flush()) Fail("cannot write " + path);
}

void Compose(const Options &options) {
  const std::string folder = options.at("graph");
  const auto lexicon = Load(folder + "/HCLr.fst");
  const auto disambiguation = LoadIntegers(folder + "/disambig_tid.int");
  StdVectorFst grammar(*Load(folder + "/Gr.fst"));
  if (grammar.OutputSymbols() == nullptr) Fail("Gr.fst carries no words");
  // The grammar's labels were permuted for lookahead; its own table is the only one that names them.
  std::unique_ptr<fst::SymbolTable> words(grammar.OutputSymbols()->Copy());
  grammar.SetInputSymbols(nullptr);
  grammar.SetOutputSymbols(nullptr);
  if (options.count("domain") != 0) {
    DomainJoiner joiner(&grammar, words.get(), LoadSoundsLike(OptionOr(options, "sounds-like")));
    joiner.Join(options.at("domain"), Number(options, "enter", 3.0), Number(options, "enter-start", 1.0), Number(options, "leave", 1.0));
  }
  fst::ArcSort(&grammar, fst::ILabelCompare<StdArc>());
  WriteWords(*words, options.at("words"));

  // ComposeFst chooses the label lookahead filter by the type of its first argument (olabel_lookahead).
  StdVectorFst graph(fst::ComposeFst<StdArc>(*lexicon, grammar, fst::CacheOptions(true, 1 << 26)));
  if (graph.Properties(fst::kError, false)) Fail("composition failed");
  // Kaldi's decoder takes an input label for an acoustic state: disambiguation symbols become epsilon.
  for (fst::StateIterator<StdVectorFst> states(graph); !states.Done(); states.Next())
    for (fst::MutableArcIterator<StdVectorFst> arcs(&graph, states.Value()); !arcs.Done(); arcs.Next()) {
      StdArc arc = arcs.Value();
      if (disambiguation.count(arc.ilabel) == 0) continue;
      arc.ilabel = 0;
      arcs.SetValue(arc);
    }
  fst::Connect(&graph);
  if (graph.Start() == fst::kNoStateId) Fail("the composed graph is empty");
  const fst::ConstFst<StdArc> constant(graph);
  if (!constant.Write(options.at("out"))) Fail("cannot write " + options.at("out"));
  std::cerr << "composed: " << graph.NumStates() << " states\n";
}

}  // namespace

int main(int argc, char **argv) {
  try {
    Compose(ParseOptions(argc, argv));
    return 0;
  } catch (const std::exception &error) {
    std::cerr << "compose_graph: " << error.what() << '\n';
    return 1;
  }
}
