import Search
import System

extension CommandFailure {
  /// The exit code and the lines for an index that cannot be used.
  init(_ error: IndexError) {
    switch error {
    case .unreadable(let error):
      self.init(
        error.isNotFound ? .noInput : .outputError, error.description,
        hint: error.isNotFound ? "'alexnet index' makes an index" : nil)
    case .notAnIndex:
      self.init(.badFile, error.description)
    case .unknownVersion:
      self.init(.badFile, error.description, hint: "'alexnet index' makes a new one elsewhere")
    case .damaged:
      self.init(
        .badFile, error.description, hint: "remove it, and make a new one with 'alexnet index'")
    case .differs(let path, let differences):
      self.init(
        .usage, "the index \(path) cannot be used so: it has",
        details: differences.map { "  " + $0 })
    }
  }
}
