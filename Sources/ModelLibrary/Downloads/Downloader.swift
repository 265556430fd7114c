import System

/// Fetches a file of the catalogue. It tries one address after the other, resumes interrupted
/// transfers, and ends when size and digest are right.
struct Downloader {
  let entry: CatalogueEntry
  let addresses: [DownloadAddress]
  let patience: Int
  let stop: StopFlag?
  let report: (PullEvent) -> Void

  /// How often an address is tried again while each attempt brings a further part of the file.
  private static let attempts = 20

  /// Fetches until `part` is the whole file.
  ///
  /// - Throws: ``ModelError/downloadFailed(name:_:)`` or
  ///   ``ModelError/wrongDigest(file:expected:found:)`` if every address failed,
  ///   ``ModelError/unwritable(_:)`` if the file cannot be written, ``ModelError/interrupted``.
  func fill(_ part: PartialFile) throws(ModelError) {
    var failures: [FailedAddress] = []
    var wrongDigest: ModelError?
    for address in addresses {
      do {
        try fetch(from: address, part)
        let found = part.digest
        if found == entry.digest { return }
        try startOver(part)
        wrongDigest = .wrongDigest(
          file: address.description, expected: entry.digest, found: found)
        note(address, "the digest is wrong: expected \(entry.digest), found \(found)", &failures)
      } catch {
        switch error {
        case .address(let reason), .connection(let reason): note(address, reason, &failures)
        case .mustStartOver:
          note(address, "it sends another part than the one that was asked for", &failures)
        case .disk(let error): throw .unwritable(error)
        case .stopped: throw .interrupted
        }
      }
    }
    throw wrongDigest ?? .downloadFailed(name: entry.name, failures)
  }

  private func note(
    _ address: DownloadAddress, _ reason: String, _ failures: inout [FailedAddress]
  ) {
    let failure = FailedAddress(address: address.description, reason: reason)
    failures.append(failure)
    report(.failed(failure))
  }

  private func startOver(_ part: PartialFile) throws(Transfer.Failure) {
    do {
      try part.startOver()
    } catch {
      throw .disk(error)
    }
  }

  /// Fetches until the part is complete, or until an attempt brings nothing.
  private func fetch(
    from address: DownloadAddress, _ part: PartialFile
  ) throws(Transfer.Failure) {
    if part.isComplete {
      if part.digest == entry.digest { return }
      try startOver(part)
    }
    report(.connecting(address: address.description))
    var attemptsLeft = Self.attempts
    var hasStartedOver = false
    while true {
      let sizeBefore = part.size
      do {
        return try Transfer(
          part, size: entry.size, patience: patience, stop: stop, report: report
        ).run(from: address)
      } catch .mustStartOver where !hasStartedOver {
        hasStartedOver = true
        try startOver(part)
      } catch .connection(let reason) {
        // A server that sent nothing in this attempt is not asked again.
        attemptsLeft -= 1
        guard part.size > sizeBefore, attemptsLeft > 0 else { throw .connection(reason) }
        if stop?.isRaised ?? false { throw .stopped }
      }
    }
  }
}
