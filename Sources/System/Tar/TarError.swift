/// Why the members of a tar archive cannot be listed.
public enum TarError: Error, Equatable, CustomStringConvertible {
  case unreadable(SystemError)
  /// - Parameter offset: where the header is that the problem was found at, in bytes.
  case damaged(path: RawPath, offset: Int, problem: TarProblem)
  /// The archive is in gzip data, which cannot be unpacked, or not to its end.
  case compressed(path: RawPath, problem: GzipError)
  case tooManyMembers(path: RawPath, limit: Int)

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .damaged(let path, let offset, let problem): "\(path), byte \(offset): \(problem)"
    case .compressed(let path, let problem): "\(path): \(problem)"
    case .tooManyMembers(let path, let limit):
      "\(path) has more than \(limit) members, which is the limit"
    }
  }
}

/// What is wrong with a header of a tar archive.
public enum TarProblem: Error, Equatable, CustomStringConvertible {
  /// The file ends where a header or the end mark, two blocks of zeros, should be.
  case endsEarly
  /// The contents of this member, or of an extension header, would end after the file's end.
  case reachesPastTheEnd(RawPath)
  case wrongChecksum
  /// The size is neither an octal number nor a base-256 number that fits an `Int`.
  case badSize
  /// One block of zeros is followed by something else.
  case loneBlockOfZeros
  /// The records of a pax extension header are malformed.
  case badPaxRecords
  /// A long name or an extension header is larger than any real one.
  case extensionTooLarge(limit: Int)
  /// A member's name is longer than that of any file.
  case nameTooLong(limit: Int)
  /// What follows the end mark is no other archive.
  case dataAfterTheEnd
  /// More than so many bytes after the end mark are zeros: what follows them is not looked for.
  case tooManyZeros(limit: Int)

  public var description: String {
    switch self {
    case .endsEarly: "the archive ends early: it was cut short"
    case .reachesPastTheEnd(let name):
      "'\(name)' reaches past the end of the archive, which was cut short or is damaged"
    case .wrongChecksum: "the checksum of this header is wrong: the archive is damaged"
    case .badSize: "the size in this header is not a number that a file can have"
    case .loneBlockOfZeros: "one block of zeros, where the end of an archive has two"
    case .badPaxRecords: "the records of this pax header are malformed"
    case .extensionTooLarge(let limit):
      "this extension header is larger than the limit of \(limit) bytes"
    case .nameTooLong(let limit):
      "the name of this member is longer than the limit of \(limit) bytes"
    case .dataAfterTheEnd:
      "what follows the end of the archive is no other archive of its kind (plain and compressed "
        + "ones must be in streams of their own)"
    case .tooManyZeros(let limit):
      "more than \(limit >> 20) MiB of zeros follow the archive; what may follow them is not read"
    }
  }
}
