import System

/// A file that is being fetched. Its digest is computed while it grows, and it is kept when the
/// download is interrupted.
final class PartialFile {
  private var file: AppendingFile
  private var hash: DigestBuilder
  private let entry: CatalogueEntry

  /// Opens the file that an earlier run left, if any, and computes the digest of what it holds.
  init(_ path: RawPath, _ entry: CatalogueEntry) throws(SystemError) {
    var file = try AppendingFile(path)
    if file.size > entry.size { try file.truncate(to: 0) }
    var hash = DigestBuilder(entry.digest.function)
    try file.readAll { hash.update($0) }
    self.file = file
    self.hash = hash
    self.entry = entry
  }

  var size: Int { file.size }
  var isComplete: Bool { file.size == entry.size }
  var digest: Digest { hash.digest }

  func append(_ bytes: Span<UInt8>) throws(SystemError) {
    try file.append(bytes)
    hash.update(bytes)
  }

  func startOver() throws(SystemError) {
    try file.truncate(to: 0)
    hash = DigestBuilder(entry.digest.function)
  }

  func synchronize() throws(SystemError) {
    try file.synchronize()
  }
}
