package io.thalweg.cluster;

/** What a node does with a partition. */
public enum Role {
  /** Makes its tables; takes no requests and does not follow yet. */
  LOADING(0),
  /** Applies what the leader writes. */
  FOLLOWING(1),
  /** Writes. */
  LEADING(2),
  /** Has stopped, and needs an operator. */
  STOPPED(3);

  private final int number;

  Role(int number) {
    this.number = number;
  }

  /** What stands for it in a heartbeat; fixed. */
  int number() {
    return number;
  }

  /**
   * The role of a number.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Role of(int number) {
    for (Role role : values()) {
      if (role.number == number) {
        return role;
      }
    }
    throw new IllegalArgumentException("there is no role of number " + number);
  }
}
