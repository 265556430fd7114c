public import System

/// What the consumer of records wants next.
public enum Flow: Sendable {
  case proceed
  case stop
}

/// How a run went.
public struct RunSummary: Sendable, Equatable {
  /// Inputs that have an answer.
  public var answered = 0
  public var failed = 0
  /// Inputs named by the user (as arguments or in a list) that do not exist; also in `failed`.
  public var missingInputs = 0
  /// Lists of inputs that do not exist; also in `failed`.
  public var missingLists = 0
  /// Directories named by the user.
  public var directories = 0
  /// Files found in directories whose names are not those of images.
  public var otherFiles = 0
  /// True when the consumer or the stop flag ended the run early.
  public var stopped = false
  /// Why no worker could be started; nil in any ordinary run.
  public var fault: SystemError?

  public init() {}

  /// None of the named inputs exists, or there was no image in them.
  public var foundNothing: Bool {
    answered == 0 && failed == missingInputs + missingLists && !stopped
  }
}

extension Pipeline {
  /// Runs the network on everything in `inputs` and hands the records over in input order, as soon
  /// as each one's turn has come.
  ///
  /// Memory stays bounded however many inputs there are: a slow consumer slows the run down.
  ///
  /// - Parameters:
  ///   - stop: ends the run early when raised.
  ///   - onRecord: called on this thread, once an input.
  public func run(
    _ inputs: InputSource, stop: StopFlag, onRecord: (InputRecord<Answer>) -> Flow
  ) -> RunSummary {
    Run(self, inputs).deliver(stop: stop, onRecord: onRecord)
  }
}
