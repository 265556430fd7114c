public import System

/// Why an index cannot be used.
public enum IndexError: Error, Equatable, CustomStringConvertible {
  case unreadable(SystemError)
  /// The file does not begin as an index does.
  case notAnIndex(path: String)
  /// The file was written by a later version of the program.
  case unknownVersion(path: String, version: UInt32)
  /// What the file says about itself cannot be true.
  case damaged(path: String, problem: String)
  /// The index was made in another way than its queries would be. Each line names one difference.
  case differs(path: String, differences: [String])

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .notAnIndex(let path): "\(path) is not an index of 'alexnet index'"
    case .unknownVersion(let path, let version):
      "\(path) has version \(version) of the index format, and this program reads version "
        + "\(IndexHeader.version)"
    case .damaged(let path, let problem): "the index \(path) is damaged: \(problem)"
    case .differs(let path, let differences):
      "the index \(path) was made differently: " + differences.joined(separator: "; ")
    }
  }
}
