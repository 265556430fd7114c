import JSON
import Report
import System

/// What a run of `alexnet sort` did, as JSON Lines: one line for each photo, written before it gets
/// its place.
final class UndoList {
  private let path: RawPath
  private var file: AppendingFile

  /// Makes the list `undo-N.jsonl`, with the first number that is free.
  init(in folder: RawPath) throws {
    do throws(SystemError) {
      try makeFolder(folder)
      file = try Self.newFile(in: folder)
      path = file.path
    } catch {
      throw CommandFailure(.cannotCreateOutput, error.description)
    }
  }

  /// Another run may make a list at the same time.
  private static func newFile(
    in folder: RawPath
  ) throws(SystemError) -> AppendingFile {
    var number = 1
    while true {
      do throws(SystemError) {
        return try AppendingFile(folder.appending("undo-\(number).jsonl"), isNew: true)
      } catch {
        guard error.isExistingFile else { throw error }
      }
      number += 1
    }
  }

  var advice: String { "'alexnet sort --undo \(path.repaired)' takes it back" }

  /// - Parameter link: what a moved link says, and what it will say in its new place; nil for other
  ///   files.
  func add(
    _ placement: FilePlacement, from source: RawPath, to target: RawPath,
    link: (before: RawPath, after: RawPath)?
  ) throws(SystemError) {
    var members: [JSONValue.Member] = [.init("action", .string(placement.rawValue))]
    members += source.jsonMembers("from") + target.jsonMembers("to")
    if let link {
      members += link.before.jsonMembers("link") + link.after.jsonMembers("link_after")
    }
    try file.append(Array((JSONValue.object(members).text + "\n").utf8).span)
  }

  /// Removes the list, where nothing was done.
  func remove() { try? removeFile(path) }

  func finish() throws {
    do throws(SystemError) {
      try file.synchronize()
    } catch {
      throw CommandFailure(.outputError, error.description)
    }
  }
}

// MARK: - Taking back

extension UndoList {
  /// What was done with one photo.
  struct Step {
    let placement: FilePlacement
    let source: RawPath
    let target: RawPath
    /// What a moved link said, and what it says in its new place; nil for other files.
    let link: (before: RawPath, after: RawPath)?

    fileprivate init?(_ json: JSONValue) {
      guard let action = json["action"]?.string, let placement = FilePlacement(rawValue: action),
        let source = RawPath(json, member: "from"), let target = RawPath(json, member: "to")
      else { return nil }
      (self.placement, self.source, self.target) = (placement, source, target)
      if let before = RawPath(json, member: "link"),
        let after = RawPath(json, member: "link_after")
      {
        link = (before, after)
      } else {
        link = nil
      }
    }

    /// - Returns: whether there was something to take back.
    /// - Throws: why it stays.
    func takeBack(dryRun: Bool) throws(Obstacle) -> Bool {
      // What is not there was taken back before, or never done.
      guard let status = try? FileStatus(of: target, followingLinks: false) else {
        if placement == .move, !isBack {
          throw Obstacle("it is neither there nor in its old place, \(source.repaired)")
        }
        return false
      }
      switch placement {
      case .link:
        guard (try? target.contentsOfLink()) == source else {
          throw Obstacle("it is not the link that was made")
        }
        if !dryRun { try remove() }
      case .copy:
        if let original = try? FileStatus(of: source), original.identity == status.identity {
          let named = try? FileStatus(of: source, followingLinks: false)
          guard status.linkCount > 1, named?.identity == original.identity else {
            throw Self.onlyFile
          }
        }
        guard hasSameContents else {
          throw Obstacle("it differs from the original, or the original is gone")
        }
        if !dryRun { try remove() }
      case .move:
        if let link {
          // What an interrupted run did not do, or another run has put there since.
          guard (try? target.contentsOfLink()) == link.after else {
            if isBack { return false }
            throw Obstacle("it is not the link that was moved")
          }
          if (try? source.contentsOfLink()) == link.before {
            if !dryRun { try remove() }
          } else if !dryRun {
            try moveBack(asLinkTo: link.before)
          }
        } else if let original = try? FileStatus(of: source, followingLinks: false) {
          // The run was interrupted between the two: both are names of one file, or copies where
          // the file systems differ.
          if original.identity == status.identity {
            guard status.linkCount > 1 else { throw Self.onlyFile }
          } else {
            guard original.kind == .regular, hasSameContents else { throw Self.taken(source) }
          }
          if !dryRun { try remove() }
        } else if !dryRun {
          try moveBack()
        }
      }
      return true
    }

    /// Whether there is something in the old place.
    private var isBack: Bool { (try? FileStatus(of: source, followingLinks: false)) != nil }

    /// Links lead from the old place to the new one: without this file, there would be none.
    private static let onlyFile = Obstacle("the original is this file, by another path")

    private static func taken(_ path: RawPath) -> Obstacle {
      Obstacle("there is another file in its old place, \(path.repaired)")
    }

    private func remove() throws(Obstacle) {
      do throws(SystemError) {
        try removeFile(target)
      } catch {
        throw Obstacle(error.reason)
      }
    }

    private func moveBack(asLinkTo link: RawPath? = nil) throws(Obstacle) {
      let isDone: Bool
      do throws(SystemError) {
        try makeFolder(source.parent)
        isDone = try FilePlacement.move.place(target, at: source, asLinkTo: link)
      } catch {
        throw Obstacle(error.reason)
      }
      if !isDone { throw Self.taken(source) }
    }

    /// Whether the copy is still one. What cannot be read counts as different.
    private var hasSameContents: Bool {
      guard let original = try? RandomAccessFile(opening: source),
        let copy = try? RandomAccessFile(opening: target)
      else { return false }
      var (left, right): ([UInt8], [UInt8]) = ([], [])
      let part = 1 << 18
      var offset = 0
      while true {
        guard let count = try? original.read(at: offset, count: part, into: &left),
          (try? copy.read(at: offset, count: part, into: &right)) == count,
          left.prefix(count) == right.prefix(count)
        else { return false }
        guard count == part else { return true }
        offset += count
      }
    }
  }

  /// Why something is not taken back.
  struct Obstacle: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
  }

  private static let sizeLimit = 1 << 30

  /// Reads the steps of a list, in their order, and the numbers of the lines that are none.
  static func steps(_ path: RawPath) throws(SystemError) -> (steps: [Step], others: [Int]) {
    var (steps, others): ([Step], [Int]) = ([], [])
    let lines = try readFile(path, limit: sizeLimit)
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if let step = (try? JSONValue.parse(Array(line).span)).flatMap(Step.init) {
        steps.append(step)
      } else if index < lines.count - 1 {
        // The last line is incomplete where the machine stopped while it was written.
        others.append(index + 1)
      }
    }
    return (steps, others)
  }

  /// Takes back what a list says, the last first.
  ///
  /// - Throws: what ends the command. If something stays, the list stays, too.
  static func takeBack(_ path: RawPath, dryRun: Bool, console: Console, stop: StopFlag) throws {
    let steps: [Step]
    let others: [Int]
    do throws(SystemError) {
      (steps, others) = try self.steps(path)
    } catch {
      throw CommandFailure(ExitStatus(reading: error), error.description)
    }
    guard !steps.isEmpty else {
      throw CommandFailure(
        .badFile, "\(path.repaired) is no list of what 'alexnet sort' did",
        hint: "such a list is called undo-N.jsonl and is in the folder that --into named")
    }
    for line in others {
      console.error("\(path.repaired), line \(line): it does not say what was done")
    }
    var (taken, kept) = (0, others.count)
    for step in steps.reversed() {
      if let signal = stop.signal { throw SilentExit(signal: signal) }
      do throws(Obstacle) {
        if try step.takeBack(dryRun: dryRun) { taken += 1 }
        // A folder that is not empty stays.
        if !dryRun { try? removeEmptyFolder(step.target.parent) }
      } catch {
        console.error("\(step.target.repaired) stays: \(error.reason)")
        kept += 1
      }
    }
    if !dryRun, kept == 0 {
      try? removeFile(path)
      try? removeEmptyFolder(path.absolute.parent)
    }
    console.note(
      dryRun
        ? "would take back \(taken) of \(steps.count + others.count)"
        : "took back \(taken)"
          + (kept > 0 ? ", and \(kept) stay" : ""))
    if kept > 0 { throw SilentExit(status: .inputFailed) }
  }
}
