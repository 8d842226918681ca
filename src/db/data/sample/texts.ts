// What the people of the sample talk about. All of it is invented; the vocabularies are the product's.

export interface Article {
  name: string;
  snippet: string;
}

export interface Topic {
  domain: string;
  /** What the product would detect; null where it detects nothing. */
  entity: string | null;
  plugin: string;
  asks: readonly string[];
  answers: readonly string[];
  articles: readonly Article[];
}

const search = 'Enterprise Search';

export const topics: readonly Topic[] = [
  {
    domain: 'IT',
    entity: 'vpn',
    plugin: search,
    asks: [
      'The VPN drops every few minutes, what can I do?',
      'How do I connect to the VPN from a hotel?',
      'vpn not working',
    ],
    answers: [
      'Update the VPN client to the current version, choose the nearest gateway, and sign in again.',
      'Hotel networks often block the first attempt. Open their sign-in page, then connect to the VPN.',
    ],
    articles: [
      {
        name: 'Connecting to the VPN',
        snippet:
          'Install the client from the software portal, choose a gateway near you, and confirm the sign-in on your phone.',
      },
      {
        name: 'VPN: known problems',
        snippet:
          'If the tunnel drops, switch from Wi-Fi to cable once to find out whether your network is the cause.',
      },
    ],
  },
  {
    domain: 'IT',
    entity: 'mfa',
    plugin: 'Reset MFA',
    asks: [
      'I have a new phone and cannot approve sign-ins',
      'Please reset my second factor',
      'locked out of my account',
    ],
    answers: [
      'I have reset your second factor. Follow the link that was sent to your e-mail address to enrol the new phone.',
    ],
    articles: [
      {
        name: 'Enrolling a new phone',
        snippet: 'Have your old phone at hand if you can: moving the second factor takes two minutes.',
      },
    ],
  },
  {
    domain: 'IT',
    entity: 'laptop',
    plugin: 'Forms',
    asks: ['I need a new laptop', 'My laptop battery is swollen', 'How do I get a second monitor?'],
    answers: [
      'This form orders hardware. It goes to your manager for approval and then to the service desk.',
    ],
    articles: [
      {
        name: 'Order hardware',
        snippet: 'Laptops, monitors, and docking stations, delivered to your office or your home.',
      },
    ],
  },
  {
    domain: 'IT',
    entity: 'software_access',
    plugin: 'Grant Software Access',
    asks: [
      'Can I get access to the diagram editor?',
      'I need a licence for the design tool',
      'request access to the sales dashboard',
    ],
    answers: ['I have asked the owner of the application. You will hear from me once it is approved.'],
    articles: [
      {
        name: 'Request software',
        snippet: 'Choose the application and the licence you need; the owner of the application decides.',
      },
    ],
  },
  {
    domain: 'IT',
    entity: 'group_membership',
    plugin: 'Add User to a Group',
    asks: ['Add my colleague to the launch mailing list', 'Who can add people to the analytics group?'],
    answers: [
      'Done: the new member has been told by e-mail.',
      'The owners of the group can. Shall I ask them for you?',
    ],
    articles: [
      {
        name: 'Groups and who may change them',
        snippet: 'Every group has two owners. They may add and remove members at any time.',
      },
    ],
  },
  {
    domain: 'IT',
    entity: 'ticket_status',
    plugin: 'Ticket Information',
    asks: ['What happened to my ticket?', 'any news on my printer ticket', 'Show my open tickets'],
    answers: ['Your ticket is with the service desk. They expect to answer today.'],
    articles: [
      {
        name: 'How long tickets take',
        snippet: 'Most tickets are answered within one working day, urgent ones within two hours.',
      },
    ],
  },
  {
    domain: 'HR',
    entity: 'pto',
    plugin: 'lookup_pto_balance',
    asks: ['How many vacation days do I have left?', 'pto balance', 'Can I carry days over into next year?'],
    answers: ['You have 11.5 days left this year. Up to five of them can be carried over.'],
    articles: [
      {
        name: 'Paid time off',
        snippet: 'Days that are not taken by the end of March of the following year are lost.',
      },
    ],
  },
  {
    domain: 'HR',
    entity: 'parental_leave',
    plugin: search,
    asks: ['How does parental leave work here?', 'How early do I have to announce parental leave?'],
    answers: ['Parental leave can begin at any time in the first year. Tell your manager seven weeks ahead.'],
    articles: [
      {
        name: 'Parental leave',
        snippet: 'All parents may take up to sixteen weeks at full pay, in one piece or in two.',
      },
      {
        name: 'Coming back from leave',
        snippet: 'Agree on your first weeks with your manager before you go.',
      },
    ],
  },
  {
    domain: 'HR',
    entity: 'org_chart',
    plugin: 'People Registry',
    asks: ['Who leads the data team?', 'What is the phone number of the reception?', 'Who is my HR partner?'],
    answers: ['This is the person you are looking for.'],
    articles: [
      { name: 'Finding people', snippet: 'The directory shows teams, places, and how to reach people.' },
    ],
  },
  {
    domain: 'TRAVEL_AND_EXPENSE',
    entity: 'expense_report',
    plugin: search,
    asks: [
      'What is the daily allowance for a trip abroad?',
      'How do I hand in an expense report?',
      'Lost a receipt, what now?',
    ],
    answers: ['Hand in expenses within 30 days. For a lost receipt, add a note that says what it was for.'],
    articles: [
      {
        name: 'Travel policy',
        snippet: 'Book through the travel portal. Trains come before planes for journeys under four hours.',
      },
      {
        name: 'Expenses step by step',
        snippet: 'Take a picture of the receipt, choose a category, and send the report to your manager.',
      },
    ],
  },
  {
    domain: 'FINANCE',
    entity: 'approval',
    plugin: 'Approval Information',
    asks: ['Which approvals are waiting for me?', 'Show the purchase requests I have to decide on'],
    answers: ['Two requests are waiting for you. Choose one to see what it is about.'],
    articles: [
      {
        name: 'Deciding on requests',
        snippet: 'A request that nobody decides on within ten days goes to the next level.',
      },
    ],
  },
  {
    domain: 'PAYROLL',
    entity: 'payslip',
    plugin: search,
    asks: ['Where do I find my payslip?', 'Why is my pay lower this month?'],
    answers: ['Payslips are in the payroll portal from the 25th of the month on.'],
    articles: [
      {
        name: 'Reading your payslip',
        snippet:
          'Gross pay stands on top, deductions in the middle, and what reaches your account at the end.',
      },
    ],
  },
  {
    domain: 'FACILITY',
    entity: 'desk_booking',
    plugin: 'Forms',
    asks: [
      'Book me a desk for Thursday',
      'The meeting room on the third floor is too cold',
      'I lost my badge',
    ],
    answers: ['This form goes straight to the facility team.'],
    articles: [
      {
        name: 'Tell the facility team',
        snippet: 'Desks, rooms, heating, badges, and everything else about the building.',
      },
    ],
  },
  {
    domain: 'LEGAL',
    entity: 'nda',
    plugin: search,
    asks: ['Do we have a template for an NDA?', 'Who may sign a contract with a supplier?'],
    answers: ['Use the mutual template. The legal team signs within two days.'],
    articles: [
      {
        name: 'Confidentiality agreements',
        snippet: 'The mutual template is right in nearly all cases; ask before you change a word of it.',
      },
    ],
  },
  {
    domain: 'OTHER',
    entity: null,
    plugin: 'Code Interpreter',
    asks: ['What is 17.5 percent of 48,200?', 'How many working days are there until the end of June?'],
    answers: ['I have worked it out for you.'],
    articles: [{ name: 'What I can work out', snippet: 'Numbers, dates, and small tables.' }],
  },
  {
    domain: 'OTHER',
    entity: 'greeting',
    plugin: 'Quick Answer',
    asks: ['hello', 'Good morning!', 'thanks, that was all'],
    answers: ['Hello! What can I do for you?', 'You are welcome.'],
    articles: [
      {
        name: 'What I can do',
        snippet: 'Questions about IT, HR, travel, and the building; requests and approvals.',
      },
    ],
  },
];

export const firstNames = [
  ...['Amara', 'Bruno', 'Chiara', 'Daniel', 'Elif', 'Farid', 'Greta', 'Hiro', 'Ines', 'Jonas'],
  ...['Kavya', 'Liam', 'Mei', 'Noor', 'Oskar', 'Paula', 'Quentin', 'Rosa', 'Samir', 'Tala'],
  ...['Uma', 'Viktor', 'Wanda', 'Xenia', 'Yusuf', 'Zoe', 'Anouk', 'Bilal', 'Carmen', 'Dmitri'],
];

export const lastNames = [
  ...['Adeyemi', 'Bauer', 'Castillo', 'Dubois', 'Eriksen', 'Fontana', 'Grant', 'Haddad', 'Ito', 'Jansen'],
  ...[
    'Kowalski',
    'Lindqvist',
    'Moreau',
    'Nakamura',
    'Okafor',
    'Petrov',
    'Quinn',
    'Rahman',
    'Silva',
    'Tanaka',
  ],
  ...['Ueda', 'Varga', 'Weiss', 'Xu', 'Yilmaz', 'Zhang', 'Almeida', 'Brandt', 'Costa', 'Dahl', 'Engel'],
];
